import { type ReactNode, useId, useRef } from "react";
import { ActionButton } from "./ActionButton.tsx";

interface Props {
  readonly label: string;
  readonly title: string;
  readonly children: ReactNode;
  readonly confirmLabel: string;
  readonly busyLabel: string;
  readonly action: () => Promise<unknown>;
}

/** A button whose work cannot be undone: a dialog says what will be gone, and the safe answer has the focus. */
export function ConfirmButton({ label, title, children, confirmLabel, busyLabel, action }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const run = async () => {
    await action();
    dialog.current?.close();
  };
  return (
    <>
      <button type="button" className="quiet danger" onClick={() => dialog.current?.showModal()}>
        {label}
      </button>
      <dialog ref={dialog} aria-labelledby={titleId}>
        <h2 id={titleId}>{title}</h2>
        <p>{children}</p>
        <div className="actions">
          <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
            Keep it
          </button>
          <ActionButton label={confirmLabel} busyLabel={busyLabel} className="danger filled" action={run} />
        </div>
      </dialog>
    </>
  );
}
