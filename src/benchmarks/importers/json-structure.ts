/** What a JSON parser does not tell: how large the result will be, and which key stands twice in one object. */

export interface DoubledKey {
  /** As it is written, escapes and all. */
  readonly key: string;
  /** Of its second place, in characters. */
  readonly offset: number;
}

export interface JsonStructure {
  /** Levels of objects and lists within each other. */
  readonly depth: number;
  /** How many objects and lists there are. */
  readonly containers: number;
  /** The first one; parsers keep the last of equal keys and say nothing. */
  readonly doubledKey: DoubledKey | undefined;
}

/** Character codes, since whole files are looked at. */
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const BRACKETS = { open: 0x5b, close: 0x5d };
const BRACES = { open: 0x7b, close: 0x7d };

/** Any text will do, whole JSON or not: nothing is parsed. */
export function structureOf(text: string): JsonStructure {
  /** Of the objects that are open; lists have none. */
  const keys: (Set<string> | undefined)[] = [];
  let [level, depth, containers] = [0, 0, 0];
  let doubledKey: DoubledKey | undefined;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BRACES.open || code === BRACKETS.open) {
      containers++;
      level++;
      depth = Math.max(depth, level);
      keys[level] = undefined;
    } else if (code === BRACES.close || code === BRACKETS.close) level = Math.max(0, level - 1);
    else if (code === QUOTE) {
      const end = endOfString(text, at);
      if (doubledKey === undefined && isBeforeColon(text, end)) {
        const key = text.slice(at + 1, end - 1);
        const known = keys[level] ?? new Set();
        if (known.has(key)) doubledKey = { key, offset: at };
        keys[level] = known.add(key);
      }
      at = end - 1;
    }
  }
  return { depth, containers, doubledKey };
}

/** After the closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at + 1;
  }
  return text.length;
}

function isBeforeColon(text: string, start: number): boolean {
  let at = start;
  while (' \t\r\n'.includes(text.charAt(at)) && at < text.length) at++;
  return text.charCodeAt(at) === COLON;
}
