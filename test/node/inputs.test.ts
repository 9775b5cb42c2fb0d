/** Opening several inputs: all or none. */
import { describe, expect, test } from 'vitest';
import { failure, success } from '../../src/base/issue.js';
import { type OpenedInput, openEach } from '../../src/node/inputs.js';
import type { Recording } from '../../src/recording/recording.js';

/** Inputs that only know whether they are open. */
function inputs() {
  const open = new Set<string>();
  const make = (path: string): OpenedInput => {
    open.add(path);
    return { recording: {} as Recording, close: () => void open.delete(path) };
  };
  return { open, make };
}

describe('openEach', () => {
  test('opens all in their order', async () => {
    const { open, make } = inputs();
    const opened = await openEach(['a', 'b'], (path) => Promise.resolve(success(make(path))));
    expect(opened.ok && opened.value.length).toBe(2);
    expect([...open]).toEqual(['a', 'b']);
  });

  test('closes those before one that cannot be opened', async () => {
    const { open, make } = inputs();
    const issue = { code: 'gone', severity: 'error', message: 'it is gone' } as const;
    const opened = await openEach(['a', 'b', 'c'], (path) =>
      Promise.resolve(path === 'c' ? failure(issue) : success(make(path))),
    );
    expect(opened).toEqual({ ok: false, issue });
    expect(open.size).toBe(0);
  });

  test('closes those before one that throws', async () => {
    const { open, make } = inputs();
    const opening = openEach(['a', 'b'], (path) =>
      path === 'b' ? Promise.reject(new Error('a bug')) : Promise.resolve(success(make(path))),
    );
    await expect(opening).rejects.toThrow('a bug');
    expect(open.size).toBe(0);
  });
});
