//! Mistakes of an author in a plugin, in each language: the render ends in an error that names the function,
//! the argument and, if the language knows them, the file and the line. It is never a bare trap, and never a
//! render without the intended output.

use podweave_plugin_project::Language;

use crate::workshop::Workshop;

/// A plugin that makes the requested mistake.
struct Mistaken {
    language: Language,
    /// The file of a new project that its source replaces.
    file: &'static str,
    source: &'static str,
    /// The file's name in messages, and the distance in lines from a function's first line to its mistake.
    shown: (&'static str, usize),
}

impl Mistaken {
    /// Builds the plugin, and lets it make each mistake: a name, and the expected error. In the error, `AT`
    /// means the place of the mistake and `RENDER` the place where the render function becomes a plugin. Then
    /// checks that it renders without a mistake.
    #[track_caller]
    fn reads(&self, mistakes: &[(&str, &str)], right: &[&str]) {
        let Some(place) = Workshop::new(self.language) else {
            return;
        };
        place.shell(
            ".",
            &format!("podweave plugin new --lang {} mistaken", self.language.name()),
        );
        place.write(&format!("mistaken/{}", self.file), self.source);
        place.shell("mistaken", "podweave plugin build");
        let command = "podweave render --plugin mistaken=mistaken/mistaken.wasm pod.yaml";
        for (mistake, message) in mistakes {
            place.write("pod.yaml", &pod(mistake));
            let said = place.refused(".", command);
            let message = message
                .replace("AT", &self.place(mistake))
                .replace("RENDER", &self.render());
            assert!(said.contains(&message), "{mistake}: {message:?} in\n{said}");
            // C has no exceptions: the plugin's last output is shown with the trap.
            assert!(
                self.language == Language::C || !said.contains("crashed"),
                "{mistake}: {said}"
            );
        }
        for name in right {
            place.write("pod.yaml", &pod(name));
            let said = place.shell(".", command);
            assert!(said.contains("WORKS"), "{name}: {said}");
        }
    }

    /// The place of a mistake: in the function of its name.
    fn place(&self, mistake: &str) -> String {
        let function = if self.language == Language::Go {
            format!("main.{mistake}")
        } else {
            mistake.to_owned()
        };
        let (file, below) = self.shown;
        self.line(mistake).map_or_else(String::new, |line| {
            format!("({file}:{}, in {function})", line + below)
        })
    }

    fn render(&self) -> String {
        let line = if self.language == Language::Python {
            self.source
                .lines()
                .position(|line| line.starts_with("@plugin"))
                .map(|line| line + 1)
        } else {
            self.line("render")
        };
        line.map_or_else(String::new, |line| {
            format!("({}:{line}, in render)", self.shown.0)
        })
    }

    /// The line on which a function begins.
    fn line(&self, function: &str) -> Option<usize> {
        let begins = |line: &str| {
            ["def ", "func ", "function ", ""]
                .iter()
                .any(|word| line.trim_start().starts_with(&format!("{word}{function}(")))
        };
        self.source.lines().position(begins).map(|line| line + 1)
    }
}

fn pod(mistake: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  annotations: {{podweave.dev/plugin: mistaken, podweave.dev/config-maps: settings, podweave.dev/params: 'do: {mistake}'}}\n\
         spec:\n  containers: [{{name: web, image: example.org/web:1, args: [serve]}}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings}}\n"
    )
}

#[test]
fn python() {
    let mistaken = Mistaken {
        language: Language::Python,
        file: "src/plugin.py",
        source: include_str!("mistakes/plugin.py"),
        shown: ("plugin.py", 1),
    };
    mistaken.reads(
        &[
            ("env_of_a_number", "TypeError: outputs.env: the value is an int, not a str AT"),
            ("env_of_none", "TypeError: outputs.env: the value is None, not a str AT"),
            ("env_of_bytes", "TypeError: outputs.env: the value is bytes, not a str AT"),
            ("env_of_a_name_that_is_none", "TypeError: outputs.env: the name is None, not a str AT"),
            ("env_of_half_a_character", "ValueError: outputs.env: the value is not Unicode text: half of a surrogate pair is at index 0 AT"),
            ("env_without_a_value", "TypeError: env() missing 1 required positional argument: 'value' AT"),
            ("env_with_an_unknown_argument", "TypeError: env() got an unexpected keyword argument 'valeu'. Did you mean 'value'? AT"),
            ("expand_env_of_a_float", "TypeError: outputs.expand_env: the value is a float, not a str AT"),
            ("append_arg_of_a_list", "TypeError: outputs.append_arg: the arg is a list, not a str AT"),
            ("replace_args_of_a_tuple", "TypeError: outputs.replace_args: the args are a tuple, not a list AT"),
            ("replace_args_of_text", "TypeError: outputs.replace_args: the args are a str, not a list AT"),
            ("replace_args_of_a_number", "TypeError: outputs.replace_args: args[1] is an int, not a str AT"),
            ("file_of_bytes", "TypeError: outputs.file: the contents are bytes, not a str AT"),
            ("file_of_a_path", "TypeError: outputs.file: the path is an ABCMeta, not a str AT"),
            ("file_bytes_of_text", "TypeError: outputs.file_bytes: the contents are a str, not bytes AT"),
            ("file_mode_of_text", "TypeError: outputs.file_mode: the mode is a str, not an int AT"),
            ("file_mode_of_a_bool", "TypeError: outputs.file_mode: the mode is a bool, not an int AT"),
            ("file_mode_of_less_than_nothing", "ValueError: outputs.file_mode: the mode is not between 0 and 4294967295 AT"),
            ("file_mode_of_too_much", "ValueError: outputs.file_mode: the mode is not between 0 and 4294967295 AT"),
            ("find_of_none", "TypeError: inputs.find: the key is None, not a str AT"),
            ("require_of_a_number", "TypeError: inputs.require: the config_map is an int, not a str AT"),
            ("keys_of_none", "TypeError: inputs.keys: the config_map is None, not a str AT"),
            ("label_of_a_number", "TypeError: inputs.label: the key is an int, not a str AT"),
            ("port_of_a_number", "TypeError: inputs.port: the name is an int, not a str AT"),
            ("log_of_a_number", "TypeError: log.info: the message is an int, not a str AT"),
            ("invalid_value_of_a_number", "TypeError: InvalidValue: the message is an int, not a str AT"),
            ("invalid_params_of_none", "TypeError: InvalidParams: the path is None, not a str AT"),
            ("exit_of_the_program", "SystemExit: 3 AT"),
            ("interrupt", "KeyboardInterrupt AT"),
            ("odd_exception", "Odd: odd (plugin.py:"),
            ("exception_of_text", "TypeError: exceptions must derive from BaseException AT"),
            ("exception_of_half_a_character", r"ValueError: \ud800 AT"),
            ("group_of_exceptions", "ExceptionGroup: several (2 sub-exceptions)"),
            ("bare_invalid_value", "plugin.Bare AT"),
            ("unspeakable_failure", "Unspeakable, whose text cannot be made: RuntimeError AT"),
            ("recursion", "RecursionError: maximum recursion depth exceeded AT"),
            ("returns_a_map", "TypeError: render returned a dict, not None: what is returned is not used; set outputs by calls RENDER"),
            ("returns_text", "TypeError: render returned a str, not None: what is returned is not used; set outputs by calls RENDER"),
            ("returns_a_coroutine", "TypeError: render returned a coroutine, not None: what is returned is not used; set outputs by calls RENDER"),
            ("returns_a_generator", "TypeError: render returned a generator, not None: what is returned is not used; set outputs by calls RENDER"),
        ],
        &["nothing", "nothing_with_subclasses"],
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of mistakes")]
fn javascript() {
    let mistaken = Mistaken {
        language: Language::JavaScript,
        file: "src/plugin.js",
        source: include_str!("mistakes/plugin.js"),
        shown: ("src/plugin.js", 0),
    };
    mistaken.reads(
        &[
            ("envOfANumber", "TypeError: outputs.env: the value is a number, not a string AT"),
            ("envOfUndefined", "TypeError: outputs.env: the value is undefined, not a string AT"),
            ("envOfNull", "TypeError: outputs.env: the value is null, not a string AT"),
            ("envOfAnObject", "TypeError: outputs.env: the value is an object, not a string AT"),
            ("envOfAStringObject", "TypeError: outputs.env: the value is a String object, not a string AT"),
            ("envOfAPromise", "TypeError: outputs.env: the value is a Promise, not a string AT"),
            ("envOfHalfACharacter", "RangeError: outputs.env: the value is not Unicode text: it contains half of a surrogate pair AT"),
            ("envOfANameThatIsNull", "TypeError: outputs.env: the name is null, not a string AT"),
            ("expandEnvOfABoolean", "TypeError: outputs.expandEnv: the value is a boolean, not a string AT"),
            ("appendArgOfAnArray", "TypeError: outputs.appendArg: the arg is an array, not a string AT"),
            ("replaceArgsOfText", "TypeError: outputs.replaceArgs: the args are a string, not an array of strings AT"),
            ("replaceArgsOfANumber", "TypeError: outputs.replaceArgs: args[1] is a number, not a string AT"),
            ("replaceArgsWithAHole", "TypeError: outputs.replaceArgs: args[1] is undefined, not a string AT"),
            ("replaceArgsOfNothing", "TypeError: outputs.replaceArgs: the args are undefined, not an array of strings AT"),
            ("fileOfBytes", "TypeError: outputs.file: the contents are a Uint8Array, not a string AT"),
            ("fileOfAPathThatIsANumber", "TypeError: outputs.file: the path is a number, not a string AT"),
            ("fileBytesOfText", "TypeError: outputs.fileBytes: the contents are a string, not a Uint8Array AT"),
            ("fileBytesOfAnArray", "TypeError: outputs.fileBytes: the contents are an array, not a Uint8Array AT"),
            ("fileModeOfText", "TypeError: outputs.fileMode: the mode is a string, not a number AT"),
            ("fileModeOfABigInt", "TypeError: outputs.fileMode: the mode is a bigint, not a number AT"),
            ("fileModeOfAFraction", "RangeError: outputs.fileMode: the mode is not a whole number between 0 and 4294967295 AT"),
            ("fileModeOfNoNumber", "RangeError: outputs.fileMode: the mode is not a whole number between 0 and 4294967295 AT"),
            ("fileModeOfTooMuch", "RangeError: outputs.fileMode: the mode is not a whole number between 0 and 4294967295 AT"),
            ("findOfUndefined", "TypeError: inputs.find: the key is undefined, not a string AT"),
            ("requireOfANumber", "TypeError: inputs.require: the configMap is a number, not a string AT"),
            ("labelOfASymbol", "TypeError: inputs.label: the key is a symbol, not a string AT"),
            ("portOfANumber", "TypeError: inputs.port: the name is a number, not a string AT"),
            ("logOfANumber", "TypeError: log.info: the message is a number, not a string AT"),
            ("invalidValueOfANumber", "TypeError: InvalidValue: the message is a number, not a string AT"),
            ("invalidParamsOfNull", "TypeError: InvalidParams: the path is null, not a string AT"),
            ("errorOfHalfACharacter", "Error: \u{fffd} AT"),
            ("errorOfASymbol", "Error: Symbol(s) AT"),
            ("nullOfANumber", "TypeError: cannot read property 'number' of null AT"),
            ("errorOfAClass", "Error: bad AT"),
            ("errorOfAClassWithAConstructor", "Error: http is bad AT"),
            ("throwNull", "null was thrown, which is not an Error and has no line: throw new Error(...) RENDER"),
            ("throwUndefined", "undefined was thrown, which is not an Error and has no line: throw new Error(...) RENDER"),
            ("throwAnObject", "an object was thrown, which is not an Error and has no line: throw new Error(...) RENDER"),
            ("throwAnObjectWithAMessage", "the port is bad (an object was thrown, which is not an Error and has no line: throw new Error(...)) RENDER"),
            ("throwText", "the port is bad (a string was thrown, which is not an Error and has no line: throw new Error(...)) RENDER"),
            ("throwANumber", "a number was thrown, which is not an Error and has no line: throw new Error(...) RENDER"),
            ("throwASymbol", "a symbol was thrown, which is not an Error and has no line: throw new Error(...) RENDER"),
            ("throwAFunction", "a function was thrown, which is not an Error and has no line: throw new Error(...) RENDER"),
            ("throwWithoutAPrototype", "an object was thrown, which is not an Error and has no line: throw new Error(...) RENDER"),
            ("throwWhatCannotBeShown", "what was thrown cannot be shown RENDER"),
            ("throwARevokedProxy", "what was thrown cannot be shown RENDER"),
            ("throwWhatOnlyLooksLikeAnError", "Error RENDER"),
            ("throwUnspeakable", "what was thrown cannot be shown AT"),
            ("returnsAnObject", "TypeError: render returned an object, not undefined: what is returned is not used; set outputs by calls RENDER"),
            ("returnsText", "TypeError: render returned a string, not undefined: what is returned is not used; set outputs by calls RENDER"),
            ("returnsNull", "TypeError: render returned null, not undefined: what is returned is not used; set outputs by calls RENDER"),
            ("returnsAPromise", "TypeError: render is asynchronous, and there is nothing to wait for: make it a function without async RENDER"),
            ("returnsAGenerator", "TypeError: render returned a Generator, not undefined: what is returned is not used; set outputs by calls RENDER"),
        ],
        &["nothing", "nothingOnTheConsole"],
    );
}

#[test]
fn go() {
    let mistaken = Mistaken {
        language: Language::Go,
        file: "plugin.go",
        source: include_str!("mistakes/plugin.go"),
        shown: ("plugin.go", 1),
    };
    mistaken.reads(
        &[
            ("envOfBytes", "panic: outputs.Env: value is not UTF-8 AT"),
            ("nameOfBytes", "panic: outputs.ExpandEnv: name is not UTF-8 AT"),
            ("replaceArgsOfBytes", "panic: outputs.ReplaceArgs: args[1] is not UTF-8 AT"),
            ("fileOfBytes", "panic: outputs.File: contents is not UTF-8 AT"),
            ("findOfBytes", "panic: inputs.Find: key is not UTF-8 AT"),
            ("logOfBytes", "panic: log.Info: message is not UTF-8 AT"),
            ("failureOfBytes", "plugin mistaken: bad: \u{fffd}"),
            ("invalidValueOfBytes", "key \"port\": is bad: \u{fffd}"),
            ("typedNil", "render returned an error that is a nil *podweave.InvalidValue: return nil where all went well"),
            ("typedNilParams", "render returned an error that is a nil *podweave.InvalidParams: return nil where all went well"),
            ("panicOfNil", "panic: panic called with nil argument AT"),
            ("panicOfAnError", "panic: an error AT"),
            ("nilMap", "panic: assignment to entry in nil map AT"),
            ("nilPointer", "panic: runtime error: invalid memory address or nil pointer dereference AT"),
            ("paramsOfAValue", "panic: inputs.Params: into must be a pointer to the value that receives the parameters AT"),
        ],
        &["nothing"],
    );
}

#[test]
fn c() {
    let mistaken = Mistaken {
        language: Language::C,
        file: "src/plugin.c",
        source: include_str!("mistakes/plugin.c"),
        shown: ("plugin.c", 0),
    };
    mistaken.reads(
        &[
            ("env-of-null", "It said: podweave_env: value is NULL. In: "),
            ("env-of-bytes", "It said: podweave_env: value is not UTF-8. In: "),
            ("name-of-null", "It said: podweave_expand_env: name is NULL. In: "),
            ("append-arg-of-null", "It said: podweave_append_arg: arg is NULL. In: "),
            ("replace-args-of-null", "It said: podweave_replace_args: one of the args is NULL. In: "),
            ("file-of-null", "It said: podweave_file: contents is NULL. In: "),
            ("file-bytes-of-null", "It said: podweave_file_bytes: contents is NULL. In: "),
            ("join-of-null", "It said: podweave_join: a text before the last is NULL. In: "),
            ("join-without-an-end", "It said: podweave_join: the last text is not NULL. In: "),
            ("find-of-null", "It said: podweave_find: key is NULL. In: "),
            ("label-of-null", "It said: podweave_label: key is NULL. In: "),
            ("param-of-null", "It said: podweave_param: name is NULL. In: "),
            ("port-into-nothing", "It said: podweave_port: number is NULL. In: "),
            ("log-of-null", "It said: podweave_log_info: message is NULL. In: "),
            ("fail-of-null", "It said: podweave_fail: message is NULL. In: "),
            ("false-without-a-reason", "plugin mistaken: podweave_render returned false without a reason: return what podweave_fail and its like return"),
        ],
        &["nothing"],
    );
}

/// Asynchronous functions and generators, which a call does not run, are found when the plugin is built.
#[track_caller]
fn is_not_built(language: Language, file: &str, source: &str, parts: &[&str]) {
    let Some(place) = Workshop::new(language) else {
        return;
    };
    place.shell(
        ".",
        &format!("podweave plugin new --lang {} later", language.name()),
    );
    place.write(&format!("later/{file}"), source);
    let said = place.refused("later", "podweave plugin build");
    for part in parts {
        assert!(said.contains(part), "{part:?} in\n{said}");
    }
    assert!(!place.path("later/later.wasm").exists());
}

/// All but the last are caught, so that one build shows all of them.
const LATER_IN_PYTHON: &str = r#"
from podweave import outputs, plugin


def generator():
    yield outputs.env("A", "1")


async def asynchronous_generator():
    yield outputs.env("A", "1")


for mistake in (lambda: plugin(generator), lambda: plugin(asynchronous_generator), lambda: plugin(3), lambda: plugin(params={1, 2})(print)):
    try:
        mistake()
    except TypeError as error:
        print(error)


@plugin(name="later")
async def render() -> None:
    outputs.env("A", "1")
"#;

#[test]
fn asynchronous_renders_and_generators_in_python() {
    is_not_built(
        Language::Python,
        "src/plugin.py",
        LATER_IN_PYTHON,
        &[
            "plugin: generator is a generator, and nothing iterates over it: make it a function without yield",
            "plugin: asynchronous_generator is an asynchronous generator, and nothing iterates over it: make it a function without async and yield",
            "plugin: what it decorates is an int, not a function",
            "plugin: the description cannot be written as JSON: Object of type set is not JSON serializable",
            "File \"/0/plugin.py\", line 20, in <module>",
            "plugin: render is asynchronous, and there is nothing to wait for: make it a function without async",
        ],
    );
}

#[test]
fn asynchronous_renders_and_generators_in_javascript() {
    for (render, part) in [
        (
            "async function render() {}",
            "plugin: render is asynchronous, and there is nothing to wait for: make it a function without async",
        ),
        (
            "const render = async () => {};",
            "plugin: render is asynchronous, and there is nothing to wait for: make it a function without async",
        ),
        (
            "function* render() {}",
            "plugin: render is a generator, and nothing iterates over it: make it a function without *",
        ),
        (
            "async function* render() {}",
            "plugin: render is an asynchronous generator, and nothing iterates over it: make it a function without async and *",
        ),
        (
            "const render = {};",
            "plugin: render is an object, not a function",
        ),
    ] {
        let source = format!(
            "import {{ plugin }} from \"../sdk/podweave.js\";\n{render}\nexport const {{ renderer, about }} = plugin(render);\n"
        );
        is_not_built(
            Language::JavaScript,
            "src/plugin.js",
            &source,
            &[part, "(/src/plugin.js:3:"],
        );
    }
}
