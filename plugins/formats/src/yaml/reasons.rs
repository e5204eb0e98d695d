//! Explains why a text is not YAML. The parser's own messages are not in the plugin, and may repeat a part of
//! the document.

use granit_parser::ErrorKind::{self, *};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn reason(kind: &ErrorKind) -> &'static str {
    match kind {
        TabNotAllowed
        | TabInBlockIndentation
        | TabInIndentation
        | TabAtBlockScalarStart
        | TabInPlainScalar => {
            "a tab is not allowed here: indent with spaces, and put text that holds a tab in quotes"
        }
        UnexpectedEofFlowSequence => "`[` is not closed: `]` is missing",
        UnexpectedEofFlowMapping | UnexpectedEofImplicitFlowMapping => "`{` is not closed: `}` is missing",
        UnclosedFlowCollection { .. } => "`[` or `{` is not closed",
        MismatchedFlowCollectionEnd { .. } => "`[` is closed by `}`, or `{` by `]`",
        MisplacedFlowCollectionEnd => "`]` or `}` closes nothing: put text that begins with it in quotes",
        ExpectedFlowMappingSeparator => "`,` or `}` is missing in `{...}`",
        ExpectedFlowSequenceSeparator => "`,` or `]` is missing in `[...]`",
        UnclosedQuotedScalar => "a quote is not closed",
        InvalidTrailingSingleQuotedScalar | InvalidTrailingDoubleQuotedScalar => {
            "text follows a closing quote: put all of the value in quotes"
        }
        UnknownQuotedScalarEscape => {
            "unknown escape in double quotes: write `\\\\` for a backslash, or use single quotes"
        }
        InvalidQuotedScalarHexEscape
        | InvalidLowSurrogateHexEscape
        | InvalidLowSurrogate
        | MissingLowSurrogate
        | UnpairedLowSurrogate
        | InvalidUnicodeEscape => "an escape (`\\x`, `\\u`, `\\U`) is not a character",
        InvalidQuotedScalarIndent => "a line of text in quotes is not indented deeper than its key",
        DocumentIndicatorInQuotedScalar => "`---` or `...` begins a line of text in quotes",
        MappingValueNotAllowed => {
            "a second `: ` in one line, or `:` behind an indented line: put text that holds `: ` in quotes"
        }
        SimpleKeyExpected | InvalidSimpleKey => "`:` is missing behind a key",
        ExpectedBlockMappingKey | InvalidIndentation | InvalidFlowScalarIndent => {
            "the indentation fits no key above"
        }
        ExpectedBlockSequenceEntry => "an item of a list does not begin with `- `",
        BlockSequenceEntryNotAllowed | BlockEntryInFlowCollection => {
            "`- ` is not allowed here: begin a list on a line of its own"
        }
        MappingKeyNotAllowed => "a key is not allowed here: begin it on a line of its own",
        ExpectedNodeContent => "a value is missing",
        UnexpectedCharacter { .. } => {
            "a value cannot begin with `@`, `%` or a backtick without quotes: put it in quotes"
        }
        PlainScalarStartsWithDashFlowIndicator => {
            "`-` is followed by `,`, `[`, `]`, `{` or `}`: put the text in quotes"
        }
        CommentInterceptedScalar => {
            "a comment is inside text of several lines: put the text in quotes, or the comment above it"
        }
        CommentNotSeparated => "a blank is missing before `#`",
        UnknownAnchor => {
            "an alias (`*`) has no anchor (`&`) of its name above: put text that begins with `*` in quotes"
        }
        MissingAnchorOrAliasName => "`&` or `*` without a name: put text that begins with it in quotes",
        InvalidBlockScalarHeader | ZeroBlockScalarIndent => {
            "only `+`, `-`, a digit from 1 to 9 or a comment may follow `|` or `>`"
        }
        InvalidBlockScalarIndent => "a line of a block (`|` or `>`) is indented less than its first line",
        UndeclaredTagHandle => "a tag (`!`) has a handle that is not declared",
        ExpectedTagBang
        | ExpectedTagDirectiveBang
        | InvalidGlobalTagCharacter
        | InvalidTagTerminator
        | MissingTagUri
        | UnclosedVerbatimTag
        | InvalidTagEscape
        | InvalidTagUtf8LeadingByte
        | InvalidTagUtf8TrailingByte
        | InvalidTagUtf8 => "a tag (`!`) is not complete: put text that begins with `!` in quotes",
        MissingDirectiveName
        | InvalidDirectiveName
        | InvalidDirectiveTerminator
        | MissingYamlVersionSeparator
        | YamlVersionTooLong
        | MissingYamlVersion
        | InvalidTagDirectiveTerminator
        | DuplicateVersionDirective
        | UnsupportedYamlMajorVersion
        | DuplicateTagDirective
        | ExpectedDocumentStart
        | MissingDocumentEndBeforeDirective => {
            "a line that begins with `%` is not a directive of YAML, or is in a wrong place"
        }
        InvalidDocumentEnd => "text follows `...`, the end of a document",
        BomInsideDocument => "a byte order mark is inside the document",
        RecursionLimitExceeded => "lists and maps are nested too deeply",
        UnexpectedEof
        | UnexpectedEofBlockSequence
        | UnexpectedEofBlockMapping
        | UnexpectedEndOfPlainScalar => "the document ends too early",
        _ => "the text is not allowed here",
    }
}
