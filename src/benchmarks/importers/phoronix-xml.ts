/** composite.xml of the Phoronix Test Suite, after its schema openbenchmarking.org/schemas/result-file.xsd. */
import sax from 'sax';
import type { Result } from '../../base/issue.js';
import type { BenchmarkFile } from '../model.js';
import { parseJson } from './fields.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { parseNumber } from './lines.js';
import {
  componentsOf,
  finishPhoronix,
  type PhoronixEntry,
  type PhoronixResult,
  type PhoronixSystem,
} from './phoronix-results.js';
import { SeriesBuilder } from './series-builder.js';

export const PHORONIX_XML: BenchmarkImporter = {
  id: 'phoronix-xml',
  name: 'Phoronix Test Suite XML',
  sniff: (head) => /<PhoronixTestSuite[\s>]/.test(head) && /<(?:Generated|System|Result)[\s>]/.test(head),
  read,
};

/** Texts of the elements directly in one element, by name. */
type Texts = Map<string, string>;

/** What was read so far; only whole elements get into it. */
interface Composite {
  client: string | undefined;
  readonly systems: PhoronixSystem[];
  readonly results: PhoronixResult[];
}

interface Damage {
  readonly reason: string;
  /** In characters. */
  readonly offset: number;
}

/** The parser works piece by piece, so that it can stop at the first damage. */
const PIECE = 1024;
const DEEPEST = 16;
/** Only the five entities of XML itself are known: nothing expands. The types of the package lack the first option. */
const PARSER: sax.SAXOptions & { readonly strictEntities: boolean } = { strictEntities: true, position: true };

function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const builder = new SeriesBuilder(source, PHORONIX_XML.id);
  const composite: Composite = { client: undefined, systems: [], results: [] };
  const damage = parse(text, composite);
  if (damage !== undefined) {
    const message = `The XML is damaged (${damage.reason}): results that end after that are left out.`;
    builder.issue({ code: 'damaged-xml', severity: 'warning', message, offset: damage.offset });
  }
  return finishPhoronix(builder, source, composite.systems, composite.results);
}

/** Ends at the first damage, and gives it. */
function parse(text: string, composite: Composite): Damage | undefined {
  const parser = sax.parser(true, PARSER);
  let damage: Damage | undefined;
  const isSound = (): boolean => damage === undefined;
  const onerror = ({ message }: Error): void => {
    damage ??= { reason: message.split('\n')[0], offset: Math.min(parser.position, text.length) };
  };
  Object.assign(parser, { onerror, ...collectInto(composite, onerror, isSound) });
  for (let at = 0; at < text.length && isSound(); at += PIECE) parser.write(text.slice(at, at + PIECE));
  if (isSound()) parser.close();
  return damage;
}

function collectInto(composite: Composite, fail: (error: Error) => void, isSound: () => boolean) {
  const open: { readonly name: string; readonly texts: Texts }[] = [];
  let [text, entries]: [string, PhoronixEntry[]] = ['', []];
  const ontext = (piece: string): void => {
    text += piece;
  };
  const onopentag = ({ name }: { readonly name: string }): void => {
    if (open.length >= DEEPEST) fail(new Error('elements are nested too deeply'));
    if (!isSound()) return;
    open.push({ name, texts: new Map() });
    if (name === 'Result') entries = [];
    text = '';
  };
  const onclosetag = (): void => {
    const closed = isSound() ? open.pop() : undefined;
    if (closed === undefined) return;
    open.at(-1)?.texts.set(closed.name, text.trim());
    text = '';
    if (closed.name === 'Generated') composite.client = closed.texts.get('TestClient');
    if (closed.name === 'System') composite.systems.push(systemOf(closed.texts, composite.client));
    if (closed.name === 'Entry') entries.push(entryOf(closed.texts));
    if (closed.name === 'Result') composite.results.push(resultOf(closed.texts, entries));
  };
  return { ontext, oncdata: ontext, onopentag, onclosetag };
}

const textOf = (texts: Texts, name: string): string => texts.get(name) ?? '';

function systemOf(texts: Texts, client: string | undefined): PhoronixSystem {
  const details = parseJson(textOf(texts, 'JSON'), '');
  return {
    identifier: textOf(texts, 'Identifier'),
    components: new Map([...componentsOf(textOf(texts, 'Hardware')), ...componentsOf(textOf(texts, 'Software'))]),
    details: details.ok ? details.value : undefined,
    client,
  };
}

function entryOf(texts: Texts): PhoronixEntry {
  const raw = textOf(texts, 'RawString');
  const samples = raw === '' ? [] : raw.split(':').map((sample) => parseNumber(sample.trim()));
  return { system: textOf(texts, 'Identifier'), value: textOf(texts, 'Value'), samples };
}

const resultOf = (texts: Texts, entries: readonly PhoronixEntry[]): PhoronixResult => ({
  identifier: textOf(texts, 'Identifier'),
  args: textOf(texts, 'Arguments'),
  description: textOf(texts, 'Description'),
  scale: textOf(texts, 'Scale'),
  proportion: textOf(texts, 'Proportion'),
  displayFormat: textOf(texts, 'DisplayFormat'),
  entries,
});
