/** The files that a command writes: never over what it reads, and never two of its results into one file. */
import { type BigIntStats, readlinkSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Issue } from '../base/issue.js';
import { reasonOf } from './system-reason.js';

export const STANDARD_STREAM = '-';

export interface OutputFile {
  /** The option that names it, such as "--html". */
  readonly option: string;
  /** "-" is standard output. */
  readonly path: string;
}

/** Codes of the issues of `outputIssue`: all are about what was asked for. */
export const WRONG_OUTPUT = ['output-is-input', 'output-twice'];

/**
 * Why these files must not be written; undefined where nothing is lost by it. Links, also hard ones, are the file they lead to.
 * @param inputs files and folders that are read; "-" is standard input
 * @param isRead whether a file below one of these folders is read as a part of it
 */
export function outputIssue(
  outputs: readonly OutputFile[],
  inputs: readonly string[],
  isRead: (path: string) => boolean = () => false,
): Issue | undefined {
  for (const [index, output] of outputs.entries()) {
    const input = inputs.find((path) => isOverwritten(path, output.path, isRead));
    if (input !== undefined) return overInput(output, input);
    const other = outputs.slice(0, index).find(({ path }) => isSameTarget(path, output.path));
    if (other !== undefined) return twice(other, output);
  }
  return undefined;
}

function isOverwritten(input: string, output: string, isRead: (path: string) => boolean): boolean {
  if (input === STANDARD_STREAM || output === STANDARD_STREAM) return false;
  const [read, written] = [stats(input), stats(output)];
  if (written?.isFile() !== true || read === undefined) return false;
  return read.isDirectory() ? isBelow(input, output) && isRead(output) : isSameFile(read, written);
}

function isSameTarget(one: string, other: string): boolean {
  if (one === STANDARD_STREAM || other === STANDARD_STREAM) return one === other;
  const [first, second] = [stats(one), stats(other)];
  // What is no file (/dev/null) can be written twice.
  if (first !== undefined && second !== undefined) return first.isFile() && isSameFile(first, second);
  return first === second && placeOf(one) === placeOf(other);
}

const isSameFile = (one: BigIntStats, other: BigIntStats): boolean => one.dev === other.dev && one.ino === other.ino;

function isBelow(folder: string, path: string): boolean {
  return !/^\.\.(?:$|[/\\])/.test(relative(realpathSync(folder), realpathSync(path)));
}

/** Undefined where there is nothing, or it may not be seen: reading or writing it will say so. */
function stats(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/** Links to what is not there that are followed. */
const MOST_LINKS = 40;

/** Where a file that is not there yet will be. */
function placeOf(path: string, links = 0): string {
  const place = join(realFolder(dirname(path)), basename(path));
  const target = links < MOST_LINKS ? targetOf(place) : undefined;
  return target === undefined ? place : placeOf(resolve(dirname(place), target), links + 1);
}

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // No link, or nothing at all.
    return undefined;
  }
}

function realFolder(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** Writes a whole file; why it cannot be written, if so. */
export function writeOutput(path: string, content: string | Uint8Array): Issue | undefined {
  try {
    writeFileSync(path, content);
    return undefined;
  } catch (error) {
    const message = `${path} cannot be written: ${reasonOf(error)}`;
    return { code: 'cannot-write', severity: 'error', message, source: path };
  }
}

function overInput({ option, path }: OutputFile, input: string): Issue {
  const what = input === path ? 'an input' : `the input ${input}, or a part of it,`;
  return {
    code: 'output-is-input',
    severity: 'error',
    message: `${option} ${path} would be written over ${what} of this command`,
    source: path,
    hint: `Nothing was read or written. Give ${option} another file.`,
  };
}

function twice(first: OutputFile, { option, path }: OutputFile): Issue {
  const where = path === STANDARD_STREAM ? 'standard output' : path;
  return {
    code: 'output-twice',
    severity: 'error',
    message: `${first.option} and ${option} would both be written to ${where}`,
    source: path,
    hint: 'Nothing was read or written. Give each of them a file of its own.',
  };
}
