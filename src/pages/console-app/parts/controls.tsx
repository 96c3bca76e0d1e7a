import { useEffect, useRef, useState } from 'preact/hooks';
import { fill } from '../texts/texts';
import { useUi } from './ui';

/** How long a button says that it has copied. */
const SHOWN_MS = 2_500;

/** @returns whether the browser has let it */
async function copy(text: string): Promise<boolean> {
  const { clipboard } = navigator as Partial<Navigator>; // missing outside https and localhost
  try {
    if (clipboard) {
      await clipboard.writeText(text);
      return true;
    }
  } catch {
    // denied: execCommand may still work
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  area.className = 'unseen';
  document.body.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- there is no other way without a secure context
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

interface CopyButtonProps {
  readonly text: string;
  /** Of what, for a person who does not see where the button stands. */
  readonly what: string;
  /** In the place of "Copy". */
  readonly label?: string;
}

export function CopyButton({ text, what, label }: CopyButtonProps) {
  const { texts, announce } = useUi();
  const [done, setDone] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => {
      setDone(false);
    }, SHOWN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [done]);
  const onClick = () => {
    void copy(text).then((worked) => {
      setDone(worked);
      announce(worked ? `${texts.common.copied}: ${what}` : texts.common.copyFailed);
      button.current?.focus();
    });
  };
  return (
    <button
      ref={button}
      type="button"
      class={`copy ${done ? 'done' : ''}`}
      aria-label={fill(texts.common.copyWhat, { what })}
      onClick={onClick}
    >
      {label ?? (
        <>
          {/* Both texts, one above the other, so that the button keeps its width. */}
          <span aria-hidden={done}>{texts.common.copy}</span>
          <span aria-hidden={!done}>{texts.common.copied}</span>
        </>
      )}
    </button>
  );
}

interface CommandProps {
  readonly text: string;
  readonly what: string;
}

/** Something to paste, with its button. */
export function Command({ text, what }: CommandProps) {
  return (
    <div class="command">
      <pre>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}

interface ChoiceProps<Name extends string> {
  readonly label: string;
  readonly options: readonly (readonly [name: Name, title: string])[];
  readonly value: Name;
  readonly onChange: (name: Name) => void;
}

/** One of a few, all of which are seen. */
export function Choice<Name extends string>({ label, options, value, onChange }: ChoiceProps<Name>) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {options.map(([name, title]) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === value}
          onClick={() => {
            onChange(name);
          }}
        >
          {title}
        </button>
      ))}
    </div>
  );
}

interface SearchProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

export function Search({ label, value, onChange }: SearchProps) {
  return (
    <input
      type="search"
      class="search"
      aria-label={label}
      placeholder={label}
      value={value}
      spellcheck={false}
      autocomplete="off"
      onInput={(event) => {
        onChange(event.currentTarget.value);
      }}
    />
  );
}
