/**
 * Names in a recording were chosen by somebody else: thread names may hold escape sequences that move the cursor,
 * change colours or reorder text. What is printed shows them as they are, harmless.
 */

/** Control characters, invisible and direction-changing ones, lone surrogates. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
const LONGEST = 200;

/** Visible, on one line, of bounded length. */
export function printable(text: string): string {
  const shortened = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return shortened.replace(HARMFUL, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
