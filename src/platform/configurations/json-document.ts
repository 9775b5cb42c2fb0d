/**
 * JSON with the place of every value, which JSON.parse does not tell. Numbers are kept as they are written: a configuration
 * may hold ones that a double cannot.
 */

export type JsonValue = JsonObject | JsonArray | JsonScalar;

interface JsonNode {
  /** Of its first character, in characters of the text. */
  readonly offset: number;
}

export interface JsonObject extends JsonNode {
  readonly type: 'object';
  readonly members: readonly JsonMember[];
}

export interface JsonMember {
  readonly name: string;
  /** Of the name. */
  readonly offset: number;
  readonly value: JsonValue;
}

export interface JsonArray extends JsonNode {
  readonly type: 'array';
  readonly elements: readonly JsonValue[];
}

export interface JsonScalar extends JsonNode {
  readonly type: 'string' | 'number' | 'boolean' | 'null';
  /** A string without its quotes; all else as it is written. */
  readonly text: string;
}

export interface JsonFault {
  readonly message: string;
  readonly offset: number;
}

export interface JsonDocument {
  /** What stands before the fault, closed there; undefined where that is nothing. */
  readonly value: JsonValue | undefined;
  readonly fault: JsonFault | undefined;
}

/** Configurations have about six levels. */
const DEEPEST = 64;

export function parseJsonDocument(text: string): JsonDocument {
  const parser = new JsonParser(text);
  return { value: parser.document(), fault: parser.fault };
}

const STRING = /"[^"\\\u0000-\u001f]*(?:\\.[^"\\\u0000-\u001f]*)*"/sy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\r\n]*/y;

class JsonParser {
  fault: JsonFault | undefined;
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue | undefined {
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#fail('something follows after the end of the JSON');
    return value;
  }

  #value(): JsonValue | undefined {
    this.#skipSpace();
    const offset = this.#at;
    const first = this.#text[offset];
    if (first === '{' || first === '[') return this.#nested(first);
    if (first === '"') {
      const text = this.#string();
      return text === undefined ? undefined : { type: 'string', text, offset };
    }
    const number = this.#match(NUMBER);
    if (number !== undefined) return { type: 'number', text: number, offset };
    const word = this.#match(WORD);
    if (word !== undefined) return { type: word === 'null' ? 'null' : 'boolean', text: word, offset };
    this.#fail(first === undefined ? 'it ends before the JSON is complete' : 'a value should stand here');
    return undefined;
  }

  #nested(bracket: '{' | '['): JsonValue | undefined {
    if (this.#depth >= DEEPEST) {
      this.#fail(`it is nested more than ${DEEPEST} levels deep`);
      return undefined;
    }
    this.#depth++;
    const value = bracket === '{' ? this.#object() : this.#array();
    this.#depth--;
    return value;
  }

  #object(): JsonObject {
    const offset = this.#at++;
    const members: JsonMember[] = [];
    this.#list('}', () => {
      this.#skipSpace();
      const nameOffset = this.#at;
      const name = this.#string();
      if (name === undefined || !this.#expect(':')) return;
      const value = this.#value();
      if (value !== undefined) members.push({ name, offset: nameOffset, value });
    });
    return { type: 'object', members, offset };
  }

  #array(): JsonArray {
    const offset = this.#at++;
    const elements: JsonValue[] = [];
    this.#list(']', () => {
      const value = this.#value();
      if (value !== undefined) elements.push(value);
    });
    return { type: 'array', elements, offset };
  }

  #list(end: '}' | ']', element: () => void): void {
    this.#skipSpace();
    if (this.#text[this.#at] === end) {
      this.#at++;
      return;
    }
    for (;;) {
      element();
      if (this.fault !== undefined) return;
      this.#skipSpace();
      const next = this.#text[this.#at];
      if (next !== ',' && next !== end) {
        this.#fail(next === undefined ? 'it ends before the JSON is complete' : `"," or "${end}" should stand here`);
        return;
      }
      this.#at++;
      if (next === end) return;
    }
  }

  #string(): string | undefined {
    const offset = this.#at;
    const written = this.#match(STRING);
    if (written !== undefined) {
      try {
        return JSON.parse(written) as string;
      } catch {
        this.#at = offset;
      }
    }
    this.#fail(this.#text[offset] === '"' ? 'this string does not end, or is damaged' : 'a string should stand here');
    return undefined;
  }

  #expect(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] === character) {
      this.#at++;
      return true;
    }
    this.#fail(`"${character}" should stand here`);
    return false;
  }

  #skipSpace(): void {
    this.#match(SPACE);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** The first fault counts: all after it follows from it. */
  #fail(message: string): void {
    this.fault ??= { message, offset: this.#at };
  }
}
