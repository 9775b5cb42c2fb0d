/** What the command returns to the shell. */
export const ExitCode = {
  fine: 0,
  /** A limit of a budget is broken. */
  limitBroken: 1,
  wrongUsage: 2,
  /** The input cannot be read, or there is nothing in it to explain. */
  unreadable: 3,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
