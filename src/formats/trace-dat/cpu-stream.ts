/** The events of one CPU in one buffer, page by page, with its gaps. */
import type { IssueLog } from '../../base/issue.js';
import { damageIssue, isDamage, type PageBlock, type PageBlocks } from './page-blocks.js';
import {
  DecodedPage,
  type Decoding,
  decodePage,
  type PageReading,
  pageTicks,
  readPageHeader,
  TIME_TOLERANCE,
  timeLimit,
} from './page-decoder.js';

const EMPTY_VIEW = new DataView(new ArrayBuffer(0));

/** Handler of a row that is no event: a gap ended here. */
export const GAP_ROW = 0;

export class CpuStream {
  readonly cpu: number;
  readonly page: DecodedPage;
  /** The block that the rows of `page` point into. */
  view: DataView = EMPTY_VIEW;
  /** The next row of `page`. */
  head = 0;
  /** Of the gap row of this page, which is its first: the last time before it (ns), and how many events are missing. */
  gapFrom = 0;
  gapCount = NaN;
  /** A gap has begun, and no event came after it yet. */
  gapIsOpen = false;
  /** Events known to be missing in the open gap; NaN where nobody knows. */
  openCount = NaN;
  gaps = 0;
  /** Events that the pages say are missing. */
  missed = 0;
  /** Time of the first event, in ticks since the origin. */
  firstTicks = NaN;

  readonly #pageSize: number;
  readonly #blocks: PageBlocks;
  readonly #issues: IssueLog;
  readonly #source: string;
  #block: PageBlock | undefined;
  #nextPage = 0;

  constructor(cpu: number, pageSize: number, blocks: PageBlocks, issues: IssueLog, source: string) {
    this.cpu = cpu;
    this.page = new DecodedPage(pageSize);
    this.#pageSize = pageSize;
    this.#blocks = blocks;
    this.#issues = issues;
    this.#source = source;
  }

  /** Time of the next row, in nanoseconds since the origin. */
  get headTime(): number {
    return this.page.time[this.head];
  }

  /** The time stamp of the first page with data, in ticks of the clock; undefined where there is none. */
  async firstTimestamp(reading: PageReading): Promise<bigint | undefined> {
    while (await this.loadBlock()) {
      let damagedAt = -1;
      for (; this.#hasPage(); this.#nextPage += this.#pageSize) {
        const header = readPageHeader(this.view, this.#nextPage, this.#pageSize, reading);
        if (header === undefined) damagedAt = this.#nextPage;
        else if (header.dataBytes > 0 && !this.#isLateFor(this.#nextPage, reading)) {
          const timestamp = this.view.getBigUint64(this.#nextPage, reading.littleEndian);
          this.#nextPage = 0;
          return timestamp;
        }
      }
      if (damagedAt >= 0) this.#noteDamage(damagedAt, damagedAt);
    }
    return undefined;
  }

  /** Decodes pages up to one with rows; false where the block has no more. Rows before are forgotten. */
  decodeMore(decoding: Decoding): boolean {
    this.head = 0;
    this.page.rows = 0;
    while (this.#hasPage()) {
      const start = this.#nextPage;
      this.#nextPage += this.#pageSize;
      this.#decode(start, decoding);
      if (this.page.rows > 0) {
        this.#convertTimes(decoding);
        return true;
      }
    }
    return false;
  }

  /** The next block of pages; false at the end of the data. */
  async loadBlock(): Promise<boolean> {
    for (;;) {
      const block = await this.#blocks.next();
      if (block === undefined) {
        this.#block = undefined;
        this.view = EMPTY_VIEW;
        return false;
      }
      if (isDamage(block)) {
        this.#issues.add(damageIssue(block, this.cpu, this.#source));
        this.#openGap(NaN);
        continue;
      }
      this.#block = block;
      this.view = new DataView(block.bytes.buffer, block.bytes.byteOffset, block.bytes.byteLength);
      this.#nextPage = 0;
      return true;
    }
  }

  #hasPage(): boolean {
    return this.#nextPage + this.#pageSize <= this.view.byteLength;
  }

  #decode(start: number, decoding: Decoding): void {
    const { page, view } = this;
    const header = readPageHeader(view, start, this.#pageSize, decoding);
    if (header === undefined) {
      this.#noteDamage(start, start);
      return;
    }
    if (header.missed !== 0) this.#openGap(header.missed);
    if (header.dataBytes === 0) return;

    const lastBefore = page.lastTicks;
    if (this.gapIsOpen) page.rows = 1;
    const limit = timeLimit(this.#nextTicks(decoding), lastBefore);
    const damagedAt = decodePage(view, start, header.dataBytes, limit, decoding, page);
    const isEmpty = Number.isNaN(page.firstTicks);
    if (isEmpty) page.rows = 0;
    else {
      if (Number.isNaN(this.firstTicks)) this.firstTicks = page.firstTicks;
      if (this.gapIsOpen) this.#closeGap(lastBefore);
    }
    if (damagedAt >= 0) this.#noteDamage(start, damagedAt);
  }

  /** The time stamp of the page after the current one, NaN where this block does not have it. */
  #nextTicks(decoding: Decoding): number {
    if (!this.#hasPage()) return NaN;
    const header = readPageHeader(this.view, this.#nextPage, this.#pageSize, decoding);
    return header === undefined || header.dataBytes === 0 ? NaN : pageTicks(this.view, this.#nextPage, decoding);
  }

  /** Whether the page is far later than the one after it, as a damaged time stamp makes it. */
  #isLateFor(start: number, reading: PageReading): boolean {
    const following = start + this.#pageSize;
    if (following + this.#pageSize > this.view.byteLength) return false;
    const header = readPageHeader(this.view, following, this.#pageSize, reading);
    if (header === undefined || header.dataBytes === 0) return false;
    const next = this.view.getBigUint64(following, reading.littleEndian);
    return this.view.getBigUint64(start, reading.littleEndian) > next + BigInt(TIME_TOLERANCE);
  }

  #convertTimes({ toNs }: Decoding): void {
    if (toNs === undefined) return;
    const { time, rows } = this.page;
    for (let row = 0; row < rows; row++) time[row] = toNs(time[row]);
    this.gapFrom = toNs(this.gapFrom);
  }

  #openGap(count: number): void {
    this.openCount = this.gapIsOpen ? this.openCount + count : count;
    this.gapIsOpen = true;
    this.gaps++;
    if (!Number.isNaN(count)) this.missed += count;
  }

  /** The gap ends with the first event of this page: its row is the first one. */
  #closeGap(lastBefore: number): void {
    const { page } = this;
    page.handler[0] = GAP_ROW;
    page.time[0] = page.firstTicks;
    this.gapFrom = lastBefore;
    this.gapCount = this.openCount;
    this.gapIsOpen = false;
  }

  #noteDamage(pageStart: number, damagedAt: number): void {
    const block = this.#block;
    const base = block?.offset ?? 0;
    const isPlain = block?.compressed === false;
    this.#issues.add({
      code: 'trace-dat-damaged',
      severity: 'warning',
      message: isPlain
        ? `CPU ${this.cpu}: a page of its data is damaged; its rest is passed over`
        : `CPU ${this.cpu}: a page of its data, ${pageStart} bytes into a compressed chunk, is damaged; its rest is passed over`,
      source: this.#source,
      offset: isPlain ? base + damagedAt : base,
    });
    this.#openGap(NaN);
  }
}
