/** Nanoseconds by account of something short, of which most accounts stay empty: only the used ones are touched. */
import { ACCOUNT_COUNT, Account, GUEST_DELAY } from './accounts.js';

const DELAY_BITS = GUEST_DELAY.reduce((bits, name) => bits | (1 << Account[name]), 0);
const WAIT_BITS = (1 << Account.wakeup) | (1 << Account.preempted);

export class AccountTimes {
  /** Bit n is set where account n holds time. */
  used = 0;
  readonly sums = new Float64Array(ACCOUNT_COUNT);

  add(account: number, ns: number): void {
    this.sums[account] += ns;
    this.used |= 1 << account;
  }

  /** Time that the guest wanted to run and did not: see GUEST_DELAY. */
  delay(): number {
    return this.#sum(DELAY_BITS);
  }

  /** Of `delay` what is not waiting for a pCPU, which is nobody's exit's fault. */
  handling(): number {
    return this.#sum(DELAY_BITS & ~WAIT_BITS);
  }

  total(): number {
    return this.#sum(-1);
  }

  /** Adds all to a column at `offset` and is empty then. */
  moveTo(column: Float64Array, offset: number): void {
    for (let rest = this.used; rest !== 0; rest &= rest - 1) {
      const account = lowestBit(rest);
      column[offset + account] += this.sums[account];
      this.sums[account] = 0;
    }
    this.used = 0;
  }

  #sum(accounts: number): number {
    let total = 0;
    for (let rest = this.used & accounts; rest !== 0; rest &= rest - 1) total += this.sums[lowestBit(rest)];
    return total;
  }
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);
