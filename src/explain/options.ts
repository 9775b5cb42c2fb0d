/** What of a recording to explain. */
export interface ExplainOptions {
  /** Start and end of T in nanoseconds since the first event of the recording. */
  readonly fromNs?: number;
  readonly toNs?: number;
  /** Only the machine with this id or name; only the vCPU with this number. */
  readonly machine?: string;
  readonly vcpu?: number;
  /** Called now and then with the number of records read so far. */
  readonly onProgress?: (records: number) => void;
}
