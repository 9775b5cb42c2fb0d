/** The table of threads: names are untrusted, and there may be any number of them. */
import { describe, expect, test } from 'vitest';
import { ThreadTable } from '../../src/recording/threads.js';

/** One more than are kept. */
const TOO_MANY = 262_145;

describe('the thread table', () => {
  test('cuts names that no kernel gives', () => {
    const threads = new ThreadTable();
    threads.setName(1, 'a'.repeat(64));
    threads.setName(2, `${'b'.repeat(64)}c`);
    expect([threads.name(1), threads.name(2)]).toEqual(['a'.repeat(64), 'b'.repeat(64)]);
  });

  test('keeps so many threads and no more, but goes on learning about those that it has', () => {
    const threads = new ThreadTable();
    for (let thread = 1; thread <= TOO_MANY; thread++) {
      threads.setName(thread, 'old');
      threads.setProcess(thread, 7);
    }
    threads.setName(1, 'new');
    threads.setProcess(1, 8);
    expect([threads.name(1), threads.process(1)]).toEqual(['new', 8]);
    expect([threads.name(TOO_MANY - 1), threads.process(TOO_MANY - 1)]).toEqual(['old', 7]);
    expect([threads.name(TOO_MANY), threads.process(TOO_MANY)]).toEqual([undefined, undefined]);
    expect(threads.entries()).toHaveLength(TOO_MANY - 1);
  });

  test('takes over no more than that either', () => {
    const threads = new ThreadTable();
    threads.addEntries(Array.from({ length: TOO_MANY }, (_, i) => ({ thread: i + 1, name: 'x', process: 1 })));
    expect(threads.entries()).toHaveLength(TOO_MANY - 1);
  });
});
