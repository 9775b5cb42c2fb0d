/** The lines of runstates and of exits in a text of xenalyze, each after its domain and vCPU. */
export function linesOfXenalyze(text: string): string[] {
  const lines: string[] = [];
  let domain = '';
  let vcpu = '';
  let isOfVcpu = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('|-- Domain')) {
      domain = line;
      isOfVcpu = false;
    }
    if (line.startsWith('-- v')) {
      vcpu = line;
      isOfVcpu = true;
    }
    const isState = /^ +(?:running|runnable|wake|preempt|other|blocked|offline|lost):/.test(line);
    const isExit = /^ (?:[A-Z_]{3,} {2,}\d|VMEXIT_| {10,}\d)/.test(line);
    if (isOfVcpu && (isState || isExit)) lines.push(`${domain} ${vcpu} ${line}`);
  }
  return lines;
}
