/**
 * Names in a recording were chosen by somebody else: thread names may hold escape sequences that move the cursor,
 * change colours or reorder text. What is printed shows them as they are, harmless.
 */

/** Control characters, invisible and direction-changing ones, lone surrogates. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
/** Characters that a name may take; names of files can be long. */
const LONGEST_NAME = 200;
/** Messages hold several names, and commands to copy that are useless if cut. */
const LONGEST_MESSAGE = 4000;

/** A name: visible, on one line, of bounded length. */
export const printable = (text: string): string => visible(text, LONGEST_NAME);

/** A sentence of our own with names in it, likewise. */
export const printableMessage = (text: string): string => visible(text, LONGEST_MESSAGE);

function visible(text: string, longest: number): string {
  const shortened = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return shortened.replace(HARMFUL, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
