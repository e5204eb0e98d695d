/**
 * Returns a number from 0 to 99, always the same for the same text (FNV-1a). A render has no randomness and does not need any.
 *
 * @param {string} text
 */
export function share(text) {
  let hash = 0x811c9dc5;
  for (const character of text) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return ((hash ^ (hash >>> 16)) >>> 0) % 100;
}
