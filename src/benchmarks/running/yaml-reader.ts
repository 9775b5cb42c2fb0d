/** Reads a small YAML file strictly: every node must be what is expected, and every complaint names its line. */
import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, parseDocument } from 'yaml';
import { type Issue, IssueLog } from '../../base/issue.js';

/** Such a file is some pages at most. */
const LONGEST_TEXT = 2 ** 20;
/**
 * The parser recurses into nested nodes, and with some thousand levels it can end the whole process: when the engine has no
 * stack left to compile a regular expression. So depth is bounded before.
 */
const DEEPEST = 100;

export type YamlNode = Node | undefined;

/** A mapping: its own node for complaints, the values by key. */
export interface YamlRecord {
  readonly node: YamlNode;
  readonly values: ReadonlyMap<string, YamlNode>;
}

export class YamlReader {
  readonly #source: string;
  readonly #kind: string;
  readonly #lines = new LineCounter();
  readonly #issues: IssueLog;

  /**
   * @param kind what the file is to be, for complaints; their code is `bad-KIND`
   * @param complaints how many are told word for word, if not as many as of any other code
   */
  constructor(source: string, kind = 'plan', complaints?: number) {
    this.#source = source;
    this.#kind = kind;
    this.#issues = new IssueLog(complaints);
  }

  get issues(): readonly Issue[] {
    return this.#issues.list();
  }

  /** The top node; undefined, with issues, where the text is no YAML. */
  parse(text: string): YamlNode {
    if (text.length > LONGEST_TEXT) {
      this.#refuseAt(0, `longer than ${LONGEST_TEXT} characters: no ${this.#kind}`);
      return undefined;
    }
    if (isDeeplyNested(text)) {
      this.#refuseAt(0, TOO_DEEP);
      return undefined;
    }
    try {
      const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, version: '1.2' });
      for (const { pos, message } of document.errors) this.#refuseAt(pos[0], message);
      if (document.errors.length > 0) return undefined;
      if (document.contents === null) this.#refuseAt(0, 'the file is empty');
      return document.contents ?? undefined;
    } catch (error) {
      // The parser recurses into nested lists.
      if (!(error instanceof RangeError)) throw error;
      this.#refuseAt(0, TOO_DEEP);
      return undefined;
    }
  }

  refuse(node: YamlNode, message: string, hint?: string): undefined {
    this.#refuseAt(node?.range?.[0] ?? 0, message, hint);
  }

  #refuseAt(offset: number, message: string, hint?: string): void {
    const { line, col } = this.#lines.linePos(offset);
    const place = line > 0 ? `${line}:${col}` : '1:1';
    const source = this.#source;
    const code = `bad-${this.#kind}`;
    this.#issues.add({
      code,
      severity: 'error',
      message: `${source}:${place}: ${message}`,
      source,
      ...(hint && { hint }),
    });
  }

  /** A mapping with no other keys than these; `what` names it in complaints. */
  record(node: YamlNode, what: string, keys: readonly string[]): YamlRecord | undefined {
    const entries = this.entries(node, what);
    if (entries === undefined) return undefined;
    const values = new Map<string, YamlNode>();
    for (const { key, keyNode, value } of entries) {
      if (keys.includes(key)) values.set(key, value);
      else this.refuse(keyNode, `${what} has no key ${JSON.stringify(key)}`, `Known here: ${keys.join(', ')}.`);
    }
    return { node, values };
  }

  /** A mapping with any keys. */
  entries(node: YamlNode, what: string): { key: string; keyNode: YamlNode; value: YamlNode }[] | undefined {
    if (!isMap(node)) return this.#wrong(node, what, 'a mapping (key: value)');
    return node.items.map(({ key, value }) => ({
      key: isScalar(key) ? String(key.value) : '?',
      keyNode: key as YamlNode,
      value: (value as Node | null) ?? undefined,
    }));
  }

  list(node: YamlNode, what: string): readonly YamlNode[] | undefined {
    if (!isSeq(node)) return this.#wrong(node, what, 'a list');
    return node.items as Node[];
  }

  /** A text, or a number or truth value as it was written. */
  text(node: YamlNode, what: string): string | undefined {
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === 'string') return value.includes('\0') ? this.#wrong(node, what, 'without NUL') : value;
    if (typeof value !== 'number' && typeof value !== 'boolean') return this.#wrong(node, what, 'a text');
    return (isScalar(node) && node.source) || String(value);
  }

  wholeNumber(node: YamlNode, what: string, least: number, most: number): number | undefined {
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    return this.#wrong(node, what, least === most ? `${least}` : `a whole number from ${least} to ${most}`);
  }

  /** One of some words. */
  choice<T extends string>(node: YamlNode, what: string, choices: readonly T[]): T | undefined {
    const text = this.text(node, what);
    if (text === undefined) return undefined;
    const choice = choices.find((candidate) => candidate === text);
    return choice ?? this.refuse(node, `${what} cannot be ${JSON.stringify(text)}`, `One of: ${choices.join(', ')}.`);
  }

  /** From 1. */
  lineOf(node: YamlNode): number {
    return this.#lines.linePos(node?.range?.[0] ?? 0).line;
  }

  #wrong(node: YamlNode, what: string, expected: string): undefined {
    const hint = isAlias(node) ? 'Aliases (*name) are not supported: write it out.' : undefined;
    return this.refuse(node, `${what} must be ${expected}`, hint);
  }
}

const TOO_DEEP = 'nested too deeply';

/** By its words alone: how many brackets are open, and how far a line is indented, each "- " in front of it included. */
function isDeeplyNested(text: string): boolean {
  let open = 0;
  let indentation = 0;
  let isIndentation = true;
  for (const word of new Lexer().lex(text)) {
    if (word === '[' || word === '{') open++;
    else if (word === ']' || word === '}') open--;
    if (word.includes('\n')) [indentation, isIndentation] = [0, true];
    else if (isIndentation && /^(?:[-?:]| +)$/.test(word)) indentation += word.length;
    else isIndentation = false;
    if (Math.max(open, indentation) > DEEPEST) return true;
  }
  return false;
}
