/** XML as a tree of elements with their places. */
import sax from 'sax';

export interface XmlElement {
  /** Without its namespace prefix's meaning: as it is written. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  /** Directly inside, without white space around it. */
  text: string;
  /** Of its "<", in characters. */
  readonly offset: number;
}

export interface XmlFault {
  readonly message: string;
  readonly offset: number;
}

export interface XmlDocument {
  /** undefined where there is no element. */
  readonly root: XmlElement | undefined;
  /** Elements that end after it are left out. */
  readonly fault: XmlFault | undefined;
}

/** Domains have about six levels, and some hundred elements. */
const DEEPEST = 64;
const MOST_ELEMENTS = 65_536;
/** The parser works piece by piece, so that it can stop at the first fault. */
const PIECE = 1024;
/** Only the five entities of XML itself are known: nothing expands. The types of the package lack the first option. */
const OPTIONS: sax.SAXOptions & { readonly strictEntities: boolean } = { strictEntities: true, position: true };

export function parseXml(text: string): XmlDocument {
  const parser = sax.parser(true, OPTIONS);
  const builder = new TreeBuilder();
  const fail = (message: string) => builder.fail(message, Math.min(parser.position, text.length));
  Object.assign(parser, {
    onerror: ({ message }: Error) => fail(message.split('\n')[0]),
    onopentag: ({ name, attributes }: sax.Tag) => {
      const refusal = builder.open(name, attributes, parser.startTagPosition - 1);
      if (refusal !== undefined) fail(refusal);
    },
    ontext: (piece: string) => builder.text(piece),
    oncdata: (piece: string) => builder.text(piece),
    onclosetag: () => builder.close(),
  });
  for (let at = 0; at < text.length && builder.isSound; at += PIECE) parser.write(text.slice(at, at + PIECE));
  if (builder.isSound) parser.close();
  builder.finish();
  return { root: builder.root, fault: builder.fault };
}

/** Nothing gets into the tree after a fault. */
class TreeBuilder {
  root: XmlElement | undefined;
  fault: XmlFault | undefined;
  readonly #open: XmlElement[] = [];
  #count = 0;

  get isSound(): boolean {
    return this.fault === undefined;
  }

  /** The first fault counts: all after it follows from it. */
  fail(message: string, offset: number): void {
    this.fault ??= { message, offset };
  }

  /** Says why the element is not taken. */
  open(name: string, attributes: Readonly<Record<string, string>>, offset: number): string | undefined {
    if (!this.isSound) return undefined;
    if (this.#open.length >= DEEPEST) return 'elements are nested too deeply';
    if (++this.#count > MOST_ELEMENTS) return `it has more than ${MOST_ELEMENTS} elements`;
    const element = { name, attributes, children: [], text: '', offset };
    if (this.#open.length > 0) this.#open.at(-1)!.children.push(element);
    else this.root ??= element;
    this.#open.push(element);
    return undefined;
  }

  text(piece: string): void {
    const current = this.#open.at(-1);
    if (current !== undefined && this.isSound) current.text += piece;
  }

  /** The text of an element that does not end may be half of it: it is none. */
  finish(): void {
    for (const element of this.#open) element.text = '';
  }

  close(): void {
    const closed = this.isSound ? this.#open.pop() : undefined;
    if (closed !== undefined) closed.text = closed.text.trim();
  }
}

export const childOf = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((child) => child.name === name);

export const childrenOf = (element: XmlElement | undefined, name: string): readonly XmlElement[] =>
  element?.children.filter((child) => child.name === name) ?? [];

/** undefined where the element, or its attribute, is not there. */
export const attributeOf = (element: XmlElement | undefined, name: string): string | undefined =>
  element !== undefined && Object.hasOwn(element.attributes, name) ? element.attributes[name] : undefined;

/** "name a=1 b=2 text", for what is kept as it is written. */
export function flatText({ attributes, text, children }: XmlElement): string[] {
  const own = Object.entries(attributes).map(([name, value]) => `${name}=${value}`);
  const inner = children.map((child) => [child.name, ...flatText(child)].join(' '));
  return [...own, ...(text === '' ? [] : [text]), ...inner];
}

/** The name of the first element, without parsing the rest. */
export function rootName(text: string): string | undefined {
  let at = 0;
  for (;;) {
    while (/\s/.test(text.charAt(at))) at++;
    const end = endOfProlog(text, at);
    if (end === undefined) return /^<([A-Za-z][\w:.-]{0,63})[\s/>]/.exec(text.slice(at, at + 66))?.[1];
    at = end;
  }
}

/** Where a declaration or a comment ends that begins here; undefined where none does. */
function endOfProlog(text: string, at: number): number | undefined {
  if (text.startsWith('<?', at)) return after(text, '?>', at);
  if (text.startsWith('<!--', at)) return after(text, '-->', at);
  if (!text.startsWith('<!', at)) return undefined;
  const [end, list] = [after(text, '>', at), text.indexOf('[', at)];
  return list !== -1 && list < end ? after(text, ']>', at) : end;
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found + mark.length;
}
