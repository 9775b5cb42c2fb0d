/** What perf wrote about the host, the clock and the events: the feature sections of a file, or FEATURE records. */
import type { HostFacts } from '../../recording/recording.js';
import { ByteCursor, OutOfBytes } from './byte-cursor.js';
import { Feature } from './constants.js';

export class Features {
  readonly #facts: { -readonly [Name in keyof HostFacts]: HostFacts[Name] } = {};
  /** Names of events by their identifiers, as perf shows them. */
  readonly eventNames = new Map<number, string>();
  /** What the recorder says a time stamp is rounded to. */
  clockResolutionNs: number | undefined;
  /** clockid_t of the times. */
  clockId: number | undefined;
  /** One compressed record never holds more than so many bytes. */
  compressedLimit: number | undefined;
  /** Whether the recorder compressed the records. */
  compressed = false;

  get host(): HostFacts {
    return this.#facts;
  }

  /** Takes one section; false where it ends too early. Unknown sections are passed over. */
  add(feature: number, bytes: Uint8Array, littleEndian: boolean): boolean {
    try {
      this.#read(feature, new ByteCursor(bytes, littleEndian));
      return true;
    } catch (error) {
      if (error instanceof OutOfBytes) return false;
      throw error;
    }
  }

  #read(feature: number, cursor: ByteCursor): void {
    switch (feature) {
      case Feature.Hostname:
        this.#facts.hostname = cursor.counted();
        break;
      case Feature.OsRelease:
        this.#facts.kernel = cursor.counted();
        break;
      case Feature.Version:
        this.#facts.recorder = `perf ${cursor.counted()}`;
        break;
      case Feature.Arch:
        this.#facts.architecture = cursor.counted();
        break;
      case Feature.CpuDesc:
        this.#facts.cpuModel = cursor.counted();
        break;
      case Feature.CpuId:
        this.#facts.cpuid = cursor.counted();
        break;
      case Feature.CmdLine:
        this.#facts.recorderCommand = readWords(cursor).join(' ');
        break;
      case Feature.EventDesc:
        this.#readEventNames(cursor);
        break;
      case Feature.ClockId:
        this.clockResolutionNs = cursor.u64();
        break;
      case Feature.ClockData:
        cursor.skip(4); // version of this section
        this.clockId = cursor.u32();
        break;
      case Feature.Compressed:
        cursor.skip(4 * 4); // version, algorithm, level, ratio
        this.compressedLimit = cursor.u32();
        this.compressed = true;
        break;
    }
  }

  #readEventNames(cursor: ByteCursor): void {
    const events = cursor.u32();
    const attributeSize = cursor.u32();
    for (let event = 0; event < events; event++) {
      cursor.skip(attributeSize);
      const ids = cursor.u32();
      const name = cursor.counted();
      for (let index = 0; index < ids; index++) this.eventNames.set(cursor.u64(), name);
    }
  }
}

function readWords(cursor: ByteCursor): string[] {
  const count = cursor.u32();
  const words: string[] = [];
  for (let index = 0; index < count; index++) words.push(cursor.counted());
  return words;
}
