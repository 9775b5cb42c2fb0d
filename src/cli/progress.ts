/** How far a long run is, on a terminal only. */
import { formatCount } from '../base/quantities.js';

const REDRAW_MS = 200;
/** Shorter runs show nothing. */
const QUIET_MS = 500;

export interface Progress {
  update(records: number): void;
  done(): void;
}

export function startProgress(): Progress {
  if (!process.stderr.isTTY) return { update() {}, done() {} };
  const started = Date.now();
  let drawn = started + QUIET_MS - REDRAW_MS;
  let visible = false;
  return {
    update(records) {
      const now = Date.now();
      if (now - drawn < REDRAW_MS) return;
      drawn = now;
      visible = true;
      const rate = records / ((now - started) / 1000);
      process.stderr.write(`\r\u001b[K${formatCount(records)} records, ${formatCount(rate)}/s`);
    },
    done() {
      if (visible) process.stderr.write('\r\u001b[K');
    },
  };
}
