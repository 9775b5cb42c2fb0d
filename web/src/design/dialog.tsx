/** A modal dialog of the browser, which keeps the focus inside and gives it back. */
import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

interface DialogProps {
  readonly title: string;
  readonly isOpen: Signal<boolean>;
  readonly children: ComponentChildren;
  readonly className?: string;
}

export function Dialog({ title, isOpen, children, className }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = isOpen.value;
  // A click beside it closes it; an attribute that the types do not know yet.
  useEffect(() => dialog.current?.setAttribute('closedby', 'any'), []);
  // Before anything else happens: what is typed next is for the dialog.
  useLayoutEffect(() => {
    if (open) {
      dialog.current?.showModal();
      dialog.current?.querySelector('input')?.focus();
    } else dialog.current?.close();
  }, [open]);
  const close = () => {
    isOpen.value = false;
  };
  return (
    <dialog ref={dialog} class={className ?? 'dialog'} aria-label={title} onClose={close}>
      {open && (
        <div class="dialog-content">
          <header>
            <h2>{title}</h2>
            <button type="button" class="plain" aria-label="Close" onClick={close}>
              ✕
            </button>
          </header>
          {children}
        </div>
      )}
    </dialog>
  );
}
