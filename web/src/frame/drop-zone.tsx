/** The page takes files wherever they are dropped. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { engineForFiles } from '../starting.js';
import { openEngine } from '../state/workspace.js';

export function DropZone({ children }: { children: ComponentChildren }) {
  const isOver = useSignal(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      isOver.value = true;
    };
    const leave = ({ relatedTarget }: DragEvent) => {
      if (relatedTarget === null) isOver.value = false;
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      isOver.value = false;
      openFiles(event.dataTransfer?.files);
    };
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, []);
  return (
    <div class="page">
      {children}
      {isOver.value && <div class="drop-here">Drop to analyse it here: nothing leaves this computer</div>}
    </div>
  );
}

export function FileChooser() {
  return (
    <label class="button primary">
      Choose files
      <input
        class="visually-hidden"
        type="file"
        multiple
        onChange={({ currentTarget }) => openFiles(currentTarget.files)}
      />
    </label>
  );
}

function openFiles(files: FileList | null | undefined): void {
  if (files === null || files === undefined || files.length === 0) return;
  void openEngine(engineForFiles([...files]));
}
