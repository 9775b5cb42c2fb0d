/** Reads what an exported page carries with it. Nothing is loaded from anywhere. */
import { type ReducedReader, readReduced } from '../../../src/episodes/reduced.js';
import { REPORT_ELEMENT, type Report, type ReportedRecording } from '../../../src/workspace/report.js';
import { errorOf } from './answered.js';
import { type Engine, EngineError, type Explanation, type ExplanationQuery } from './engine.js';

interface Opened {
  readonly report: Report;
  readonly timelines: readonly ReducedReader[];
}

/** undefined where the page carries nothing. */
export function reportEngine(): Engine | undefined {
  const data = document.getElementById(REPORT_ELEMENT)?.textContent ?? undefined;
  if (data === undefined) return undefined;
  let opened: Promise<Opened> | undefined;
  const contents = () => (opened ??= openReport(data));
  const timeline = async (recording: number): Promise<ReducedReader> => {
    const found = (await contents()).timelines[recording];
    if (found === undefined) throw new EngineError('no-such-recording', `There is no recording ${recording}.`);
    return found;
  };
  return {
    kind: 'report',
    open: async () => (await contents()).report.workspace,
    async explanation({ recording, fromNs, toNs, ...chosen }) {
      if (fromNs !== undefined || toNs !== undefined) throw noRanges();
      const found = (await contents()).report.recordings[recording];
      if (found === undefined) throw new EngineError('no-such-recording', `There is no recording ${recording}.`);
      return booksOf(found, chosen);
    },
    timeline: async (recording) => (await timeline(recording)).info,
    tile: async (query) => (await timeline(query.recording)).tile(query),
    sums: async (query) => (await timeline(query.recording)).sums(query),
    episode: async (query) => (await timeline(query.recording)).episode(query),
    async heat(query) {
      const map = (await timeline(query.recording)).heat(query);
      if (map === undefined) throw new EngineError('no-heat-map', 'This page carries no such heat map.');
      return map;
    },
    comparison: async () => (await contents()).report.comparison,
    difference: async () => (await contents()).report.difference,
    close: () => {},
  };
}

/** The books of the vCPUs that are chosen. @throws {EngineError} where this page has no such books */
function booksOf({ explanation, parts }: ReportedRecording, { machine, vcpu }: ChosenVcpus): Explanation {
  if (machine === undefined) return explanation;
  const isChosen = (of: string, number: number) => of === machine && (vcpu === undefined || number === vcpu);
  const wanted = vcpusOf(explanation).filter((one) => isChosen(one.machine, one.vcpu));
  const key = JSON.stringify(wanted);
  const found = [explanation, ...parts].find((books) => JSON.stringify(vcpusOf(books)) === key);
  if (found === undefined) throw noParts();
  return found;
}

type ChosenVcpus = Pick<ExplanationQuery, 'machine' | 'vcpu'>;

const vcpusOf = ({ machines }: Explanation) =>
  machines.flatMap(({ id: machine, vcpus }) => vcpus.map(({ id: vcpu }) => ({ machine, vcpu })));

const noParts = (): EngineError =>
  new EngineError(
    'no-parts',
    'This page has no books of that machine or vCPU alone.',
    'vmtoll open RECORDING keeps those of all.',
  );

const noRanges = (): EngineError =>
  new EngineError(
    'no-ranges',
    'This page has the books of all of T only.',
    'vmtoll open RECORDING keeps those of any part.',
  );

async function openReport(data: string): Promise<Opened> {
  const report = JSON.parse(await unpacked(bytesOf(data))) as Report;
  const timelines = report.recordings.map(({ timeline: { tile, ...timeline } }) => {
    const reader = readReduced({ ...timeline, tile: bytesOf(tile) });
    if (!reader.ok) throw errorOf(reader.issue);
    return reader.value;
  });
  return { report, timelines };
}

/** Of base64. */
const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const unpacked = (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
