/** What is booked for one vCPU. */
import { ACCOUNT_COUNT, Account } from './accounts.js';
import type { Addresses } from './addresses.js';
import { Cells } from './cells.js';
import { Culprits } from './culprits.js';
import { Handlers, type HandlerTime } from './handlers.js';
import { Sleeps } from './sleeps.js';
import type { WorldSwitches } from './world-switches.js';
import { WorstEpisodes } from './worst.js';

export class Books {
  exits = 0;
  /** Exits without a following entry, entries without a preceding exit: counted, not timed. */
  unpairedExits = 0;
  unpairedEntries = 0;
  /** Nanoseconds per account, by position in ACCOUNTS. */
  readonly totals = new Float64Array(ACCOUNT_COUNT);
  readonly cells = new Cells();
  readonly culprits = new Culprits();
  readonly worst = new WorstEpisodes(this.culprits);
  readonly sleeps = new Sleeps();
  readonly handlers = new Handlers();
  /** Where the recording shows the ways into the guest and out of it. */
  worldSwitches: WorldSwitches | undefined;

  /** Where exits come from, if that is asked for. */
  addresses: Addresses | undefined;

  /** Which handlers had the time of the account `interrupt`, as far as it is told. */
  handlerTimes(): HandlerTime[] {
    return this.handlers.list(this.totals[Account.interrupt]);
  }

  get hasOpenNotes(): boolean {
    return this.culprits.hasOpen || this.sleeps.hasOpen || this.handlers.hasOpen;
  }

  /** What is told of the waits, sleeps and handlers of an episode counts when it is over, … */
  settleWaits(): void {
    this.culprits.settle();
    this.sleeps.settle();
    this.handlers.settle();
  }

  /** … unless nobody knows what really was meanwhile. */
  forgetWaits(): void {
    this.culprits.forget();
    this.sleeps.forget();
    this.handlers.forget();
  }
}
