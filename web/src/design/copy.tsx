/** Buttons that copy, and say that they did. */
import { useSignal } from '@preact/signals';

/** How long a button says that it copied, ms. */
const SAID_FOR = 1500;

interface CopyProps {
  readonly label: string;
  readonly text: () => string;
  /** What is copied, for those who do not see where the button is. */
  readonly what: string;
}

export function CopyButton({ label, text, what }: CopyProps) {
  const said = useSignal<'copied' | 'failed' | undefined>(undefined);
  const copy = async () => {
    said.value = (await copyText(text())) ? 'copied' : 'failed';
    setTimeout(() => {
      said.value = undefined;
    }, SAID_FOR);
  };
  return (
    <button type="button" class="plain copy" aria-label={`${label}: ${what}`} onClick={() => void copy()}>
      {said.value === undefined ? label : said.value === 'copied' ? 'Copied' : 'Not allowed'}
    </button>
  );
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
}

/** Pages from files may not have the clipboard's interface. */
function copyByCommand(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  return isCopied;
}
