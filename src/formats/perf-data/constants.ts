/**
 * Numbers of the perf.data format and of the perf_event_open(2) interface.
 * Source: Linux, include/uapi/linux/perf_event.h and tools/perf/Documentation/perf.data-file-format.txt.
 */

export const RECORD_HEADER_BYTES = 8;
/** A record states its size in 16 bits. */
export const LARGEST_RECORD = 65_535;

/** `type` of a record: below 64 the kernel wrote it, from 64 on the perf program. */
export const RecordType = {
  Lost: 2,
  Comm: 3,
  Fork: 7,
  Sample: 9,
  LostSamples: 13,
  HeaderAttr: 64,
  HeaderTracingData: 66,
  FinishedRound: 68,
  Auxtrace: 71,
  EventUpdate: 78,
  HeaderFeature: 80,
  Compressed: 81,
  Compressed2: 83,
} as const;

/** Bits of `misc` in the header of a LOST_SAMPLES record: a filter dropped them as it should. */
export const MISC_LOST_SAMPLES_BPF = 1 << 15;

/** `perf_event_attr.type` of tracepoints; `config` is then the tracepoint's identifier. */
export const ATTR_TYPE_TRACEPOINT = 2;

/** Bits of `sample_type`; in a sample the fields stand in the order IDENTIFIER, IP … RAW. */
export const SampleBit = {
  Ip: 1 << 0,
  Tid: 1 << 1,
  Time: 1 << 2,
  Addr: 1 << 3,
  Read: 1 << 4,
  Callchain: 1 << 5,
  Id: 1 << 6,
  Cpu: 1 << 7,
  Period: 1 << 8,
  StreamId: 1 << 9,
  Raw: 1 << 10,
  Identifier: 1 << 16,
} as const;

/** Bits of `read_format`. */
export const ReadBit = { TimeEnabled: 1 << 0, TimeRunning: 1 << 1, Id: 1 << 2, Group: 1 << 3, Lost: 1 << 4 } as const;

/** Positions in the bit field of `perf_event_attr`. */
export const AttrFlag = { SampleIdAll: 18, UseClockId: 25 } as const;

/** Numbers of the feature sections. */
export const Feature = {
  TracingData: 1,
  Hostname: 3,
  OsRelease: 4,
  Version: 5,
  Arch: 6,
  NrCpus: 7,
  CpuDesc: 8,
  CpuId: 9,
  CmdLine: 11,
  EventDesc: 12,
  SampleTime: 21,
  ClockId: 23,
  Compressed: 27,
  ClockData: 29,
} as const;
/** The bit field of features in the file header has room for so many. */
export const FEATURE_BITS = 256;

/** What perf calls clockid_t in its options; source: include/uapi/linux/time.h. */
export const CLOCK_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'realtime'],
  [1, 'mono'],
  [4, 'mono_raw'],
  [7, 'boot'],
  [11, 'tai'],
]);
