/**
 * What may be given to the YAML parser. It recurses into nested nodes, and with tens of thousands of levels it does not
 * only throw: it can end the whole process, when the engine has no stack left to compile a regular expression. So depth
 * is bounded before: by brackets, by indentation, and by the `- - -` that fit into one line.
 */
import { linesOf } from './lines.js';

const LONGEST_LINE = 500;
const DEEPEST_INDENTATION = 64;
const MOST_BRACKETS = 200;
/** About two seconds of parsing. */
const MOST_LINES = 100_000;

/** Whether the text is short and flat enough to be parsed. */
export function isFlatYaml(text: string): boolean {
  let lines = 0;
  let brackets = 0;
  for (const line of linesOf(text)) {
    if (line.text.length > LONGEST_LINE || line.text.search(/[^ \t]/) > DEEPEST_INDENTATION) return false;
    lines += 1;
    brackets += line.text.split(/[[{]/).length - 1;
    if (lines > MOST_LINES || brackets > MOST_BRACKETS) return false;
  }
  return true;
}
