/** Opens whatever the bytes turn out to be. */
import { type ByteSource, STREAM_HEAD } from '../base/byte-source.js';
import { failure, type Issue, type Result, success } from '../base/issue.js';
import type { Recording } from '../recording/recording.js';
import type { Format, OpenOptions } from './format.js';
import { packedInput } from './packed.js';
import { FORMATS } from './registry.js';

/** Below this confidence a guess is not worth an attempt. */
const MINIMUM_CONFIDENCE = 0.5;

/** The format that begins like this, by content alone. @param head the first `STREAM_HEAD` bytes, or all */
export function formatOf(head: Uint8Array): Format | undefined {
  let best: Format | undefined;
  let bestConfidence = 0;
  for (const format of FORMATS) {
    const confidence = format.sniff(head);
    if (confidence > bestConfidence) [best, bestConfidence] = [format, confidence];
  }
  return bestConfidence >= MINIMUM_CONFIDENCE ? best : undefined;
}

/** The format of these bytes. */
export async function detectFormat(source: ByteSource): Promise<Result<Format>> {
  const head = await source.read(0, STREAM_HEAD);
  const format = formatOf(head);
  return format !== undefined ? success(format) : failure(packedInput(source, head) ?? unknownFormat(source, head));
}

export async function openRecording(source: ByteSource, options: OpenOptions): Promise<Result<Recording>> {
  const detected = await detectFormat(source);
  if (!detected.ok) return detected;
  const format = detected.value;
  if (source.size === Infinity && !format.streams) {
    return failure({
      code: 'cannot-stream',
      severity: 'error',
      message: `${source.name} is a ${format.id} recording, which cannot be read from a pipe`,
      source: source.name,
      hint: 'Save it to a file first and give its path.',
    });
  }
  return format.open(source, options);
}

function unknownFormat(source: ByteSource, head: Uint8Array): Issue {
  const isEmpty = head.length === 0;
  return {
    code: isEmpty ? 'empty-input' : 'unknown-format',
    severity: 'error',
    message: isEmpty ? `${source.name} is empty` : `${source.name} is in no format that vmtoll reads`,
    source: source.name,
    offset: 0,
    hint: 'See "vmtoll formats" for what it reads and how to record it.',
  };
}
