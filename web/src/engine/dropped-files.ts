/**
 * What was dropped: recordings, results of benchmarks, configurations of machines. Contents decide, never names. Only which
 * side benchmarks were run on stands in no file: the names of folders and files say it, or the files are refused.
 */
import { decoded } from '../../../src/base/decoded-text.js';
import { failure, type Issue, type Result, success } from '../../../src/base/issue.js';
import { isResultText, sidesOfResult } from '../../../src/benchmarks/bench-result.js';
import type { MechanismRule } from '../../../src/benchmarks/mechanisms.js';
import type { BenchmarkFile } from '../../../src/benchmarks/model.js';
import { HEAD_CHARACTERS, importerOf, readBenchmarks } from '../../../src/benchmarks/reading.js';
import { SIDE_NAMES, type SideName } from '../../../src/benchmarks/running/plan.js';
import { detectFormat } from '../../../src/formats/open.js';
import type { ReadIncluded } from '../../../src/platform/configurations/configuration-format.js';
import type { MachineConfiguration } from '../../../src/platform/configurations/machine-configuration.js';
import { LONGEST_CONFIGURATION, readConfiguration } from '../../../src/platform/configurations/reading.js';
import { BlobSource, type ReadNow } from './blob-source.js';

export interface DroppedFile {
  readonly file: File;
  /** With the folders that were dropped: "native/fio.json". Untrusted. */
  readonly path: string;
}

export interface SortedFiles {
  readonly recordings: readonly DroppedFile[];
  readonly configurations: readonly MachineConfiguration[];
  readonly benchmarks: Readonly<Record<SideName, readonly BenchmarkFile[]>>;
  /** What plans say that their benchmarks exercise. */
  readonly mechanisms: readonly MechanismRule[];
  /** What was passed over, or is wrong inside a configuration: sentences for people. */
  readonly remarks: readonly string[];
}

const MIB = 2 ** 20;
/** As for the command: results of benchmarks are small. */
const LARGEST_RESULT = 64 * MIB;
const MOST_RECORDINGS = 2;

/**
 * Failures: `unknown-format` where nothing is of use, `how-many`, `which-side`, `one-side`, and those of importers.
 */
export async function sortFiles(files: readonly DroppedFile[], readNow: ReadNow): Promise<Result<SortedFiles>> {
  const sorting = new Sorting(files, readNow);
  for (const dropped of files) {
    const issue = await sorting.take(dropped);
    if (issue !== undefined) return failure(issue);
  }
  return sorting.sorted();
}

class Sorting {
  readonly #all: readonly DroppedFile[];
  readonly #readNow: ReadNow;
  readonly #recordings: DroppedFile[] = [];
  readonly #configurations: MachineConfiguration[] = [];
  readonly #benchmarks: Record<SideName, BenchmarkFile[]> = { native: [], vm: [] };
  readonly #mechanisms: MechanismRule[] = [];
  readonly #passedOver: Issue[] = [];

  constructor(files: readonly DroppedFile[], readNow: ReadNow) {
    this.#all = files;
    this.#readNow = readNow;
  }

  /** The issue for which nothing can be opened. */
  async take(dropped: DroppedFile): Promise<Issue | undefined> {
    const { file, path } = dropped;
    const format = await detectFormat(new BlobSource(path, file, this.#readNow));
    if (format.ok) {
      this.#recordings.push(dropped);
      return undefined;
    }
    const head = this.#textOf(file, HEAD_CHARACTERS);
    if (file.size <= LARGEST_RESULT && (importerOf(head) !== undefined || isResultText(head))) {
      const text = this.#textOf(file, LARGEST_RESULT);
      return isResultText(head) ? this.#takeResult(path, text) : this.#takeBenchmarks(path, text);
    }
    const configuration = this.#configurationIn(dropped);
    if (configuration === undefined) this.#passedOver.push(format.issue);
    else this.#configurations.push(configuration);
    return undefined;
  }

  sorted(): Result<SortedFiles> {
    const { native, vm } = this.#benchmarks;
    const isBenchmark = native.length + vm.length > 0;
    if (this.#recordings.length > MOST_RECORDINGS) return failure(howMany(this.#recordings.length));
    if (this.#recordings.length === 0 && !isBenchmark) return failure(this.#nothing());
    if (isBenchmark && (native.length === 0 || vm.length === 0)) return failure(oneSide(native.length > 0));
    return success({
      recordings: this.#recordings,
      configurations: this.#configurations,
      benchmarks: this.#benchmarks,
      mechanisms: this.#mechanisms,
      remarks: this.#remarks(),
    });
  }

  #takeResult(path: string, text: string): Issue | undefined {
    const sides = sidesOfResult(text, path);
    if (!sides.ok) return sides.issue;
    for (const side of SIDE_NAMES) this.#benchmarks[side].push(...sides.value[side]);
    // A benchmark of a plan is called as there, or begins with that name and a slash.
    for (const [benchmark, mechanism] of sides.value.mechanisms) {
      this.#mechanisms.push({ benchmark, mechanism }, { benchmark: `${benchmark}/*`, mechanism });
    }
    return undefined;
  }

  #takeBenchmarks(path: string, text: string): Issue | undefined {
    const read = (side: SideName) =>
      readBenchmarks({ source: path, text, side, sibling: (name) => this.#sibling(path, name) });
    const named = sideOfPath(path);
    const first = read(named ?? 'native');
    if (!first.ok) return first.issue;
    const sides = first.value.isOfBothSides === true ? SIDE_NAMES : named === undefined ? [] : [named];
    if (sides.length === 0) return whichSide(path);
    for (const side of sides) {
      const file = read(side);
      if (!file.ok) return file.issue;
      this.#benchmarks[side].push(file.value);
    }
    return undefined;
  }

  #configurationIn({ file, path }: DroppedFile): MachineConfiguration | undefined {
    if (file.size > LONGEST_CONFIGURATION) return undefined;
    const configuration = readConfiguration({ source: path, text: this.#textOf(file, file.size) }, this.#include);
    return configuration.ok ? configuration.value : undefined;
  }

  /** Another file of the same folder, if it was dropped too. */
  #sibling(path: string, name: string): string | undefined {
    const beside = this.#beside(path, name);
    return beside === undefined || beside.file.size > LARGEST_RESULT
      ? undefined
      : this.#textOf(beside.file, LARGEST_RESULT);
  }

  readonly #include: ReadIncluded = (name, includedBy) => {
    const beside = this.#beside(includedBy, name);
    if (beside !== undefined && beside.file.size <= LONGEST_CONFIGURATION) {
      return success({ source: beside.path, text: this.#textOf(beside.file, LONGEST_CONFIGURATION) });
    }
    const message = `${name} was not dropped with ${includedBy}, which includes it`;
    return failure({ code: 'cannot-open', severity: 'error', message, source: includedBy });
  };

  #beside(path: string, name: string): DroppedFile | undefined {
    const folder = path.split('/').slice(0, -1).join('/');
    const last = name.split('/').at(-1) ?? name;
    return this.#all.find((one) => one.path === (folder === '' ? last : `${folder}/${last}`));
  }

  #textOf(file: File, most: number): string {
    return decoded(this.#readNow(file.slice(0, Math.min(most, file.size))));
  }

  #nothing(): Issue {
    const [first] = this.#passedOver;
    if (first !== undefined) return { ...first, hint: WHAT_CAN_BE_DROPPED };
    const message = 'These are configurations of machines only, and no recording that they could name the devices of';
    return { code: 'how-many', severity: 'error', message, hint: 'Drop them together with a recording.' };
  }

  #remarks(): string[] {
    const wrong = this.#configurations.flatMap(({ issues }) => issues.filter(({ severity }) => severity !== 'note'));
    const passedOver = this.#passedOver.map(({ source }) => source ?? '');
    const named = passedOver.slice(0, 4).join(', ');
    const more = passedOver.length > 4 ? ` and ${passedOver.length - 4} more` : '';
    return [
      ...wrong.map(({ message, source = '' }) => `${source}: ${message}.`),
      ...(passedOver.length > 0 ? [`Nothing in these files is of use here: ${named}${more}.`] : []),
    ];
  }
}

/** The folder or file nearest to the end of the path that names one side and not the other. */
export function sideOfPath(path: string): SideName | undefined {
  for (const part of path.split('/').toReversed()) {
    const words = part.toLowerCase().split(/[^a-z]+/);
    const sides = SIDE_NAMES.filter((side) => words.includes(side));
    if (sides.length === 1) return sides[0];
  }
  return undefined;
}

const WHAT_CAN_BE_DROPPED =
  'Recordings can be dropped here: trace.dat, perf.data, their text, traces of QNX hosts and of Xen; with them, or alone, results of benchmarks of both sides in folders "native" and "vm"; and with them configurations of machines.';

const howMany = (count: number): Issue => ({
  code: 'how-many',
  severity: 'error',
  message: `These are ${count} recordings`,
  hint: 'One recording can be shown, or two that are compared.',
});

const whichSide = (path: string): Issue => ({
  code: 'which-side',
  severity: 'error',
  message: `${path} holds results of benchmarks, and nothing says on which side they were run`,
  source: path,
  hint: 'Drop a folder "native" and a folder "vm", or name the files so: native-fio.json, vm-fio.json.',
});

const oneSide = (isNative: boolean): Issue => ({
  code: 'one-side',
  severity: 'error',
  message: `These are results of benchmarks of the ${isNative ? 'native side' : 'VM'} only`,
  hint: `Drop those of the ${isNative ? 'VM' : 'native side'} with them.`,
});
