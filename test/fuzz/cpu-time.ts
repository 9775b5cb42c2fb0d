/** Time of the CPU, which does not depend on what else the machine is doing. */

/** Starts to measure; what it returns tells the milliseconds that this process has been on a CPU since. */
export function cpuTimer(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
}
