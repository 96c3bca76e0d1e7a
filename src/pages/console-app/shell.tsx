import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Language } from '../index-page/texts';
import { useUi } from './parts/ui';
import { APP_TEXTS } from './texts/texts';

export interface Tab {
  readonly name: string;
  readonly title: string;
}

interface ShellProps {
  readonly tabs: readonly Tab[];
  readonly current: string | undefined;
  /** Whose page it is; `undefined` for nobody's. */
  readonly who: string | undefined;
  readonly canSignOut: boolean;
  readonly onSignOut: () => void;
  readonly onLanguage: (language: Language) => void;
  readonly message: string;
  readonly children: ComponentChildren;
}

/** What stands around every view. */
export function Shell(props: ShellProps) {
  const { tabs, current, who, canSignOut, onSignOut, onLanguage, message, children } = props;
  const { texts, language, page } = useUi();
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    const title = tabs.find(({ name }) => name === current)?.title;
    document.title = title === undefined ? 'scf-llm-proxy' : `${title} · scf-llm-proxy`;
  }, [tabs, current]);
  useEffect(() => {
    // A reader of the screen goes on in the new view, as after a link to another page.
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [current]);
  const other: Language = language === 'en' ? 'zh' : 'en';
  const { tag, language: title } = APP_TEXTS[other];
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {texts.skip}
      </a>
      <header class="top">
        <div class="top-in">
          <span class="brand">
            <svg viewBox="0 0 16 16" width="22" height="22" aria-hidden="true">
              <rect width="16" height="16" rx="4" class="brand-back" />
              <path d="M3 8h9M8.500 4.500 12 8l-3.500 3.500" class="brand-arrow" />
            </svg>
            scf-llm-proxy
          </span>
          {tabs.length > 0 && (
            <nav aria-label={texts.nav.label}>
              {tabs.map((tab) => (
                <a
                  key={tab.name}
                  href={`#/${tab.name}`}
                  {...(tab.name === current ? { 'aria-current': 'page' } : {})}
                >
                  {tab.title}
                </a>
              ))}
            </nav>
          )}
          <div class="top-end">
            {who !== undefined && <span class="who">{who}</span>}
            <button
              type="button"
              class="plain"
              lang={tag}
              onClick={() => {
                onLanguage(other);
              }}
            >
              {title}
            </button>
            {who !== undefined && canSignOut && (
              <button type="button" class="plain" onClick={onSignOut}>
                {texts.signIn.out}
              </button>
            )}
          </div>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {children}
      </main>
      <footer class="soft">scf-llm-proxy {page.version}</footer>
      <p id="announcement" role="status" aria-live="polite">
        {message}
      </p>
    </>
  );
}
