import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PageData } from '../index-page/loader';
import { languageNamed } from '../index-page/language';
import type { Language } from '../index-page/texts';
import { Holder } from './holder/holder';
import { Visitor } from './holder/visitor';
import { OperatorClients } from './operator/operator-clients';
import { Health } from './operator/health';
import { Keys } from './operator/keys';
import { Overview } from './operator/overview';
import { Requests } from './operator/requests';
import { Tokens } from './operator/tokens';
import { ApiError } from './parts/api';
import { UiContext, type Ui } from './parts/ui';
import { useView } from './route';
import { storageWorks, storedToken, storeToken } from './session';
import { Shell, type Tab } from './shell';
import { signInAs, type Visitor as Who } from './sign-in-as';
import { createFormat } from './texts/format';
import { APP_TEXTS } from './texts/texts';

interface AppProps {
  readonly page: PageData;
  readonly base: string;
}

const keepsToken = storageWorks();

type State =
  | { readonly kind: 'checking' }
  | { readonly kind: 'visitor'; readonly error?: ApiError }
  | { readonly kind: 'in'; readonly who: Who };

export function App({ page, base }: AppProps) {
  const [language, setLanguage] = useState<Language>(
    () => languageNamed(document.documentElement.lang) ?? 'en',
  );
  const [token, setToken] = useState(storedToken);
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<State>({ kind: page.hasSignIn ? 'checking' : 'visitor' });
  const [message, announce] = useMessage();
  const view = useView();
  const ui = useMemo(
    (): Ui => ({
      language,
      texts: APP_TEXTS[language],
      format: createFormat(APP_TEXTS[language].tag),
      access: { base, token },
      page,
      baseUrl: location.origin + base,
      announce,
    }),
    [language, base, token, page, announce],
  );
  const { access, texts } = ui;

  useEffect(() => {
    // Without a token of its own it asks only if the path may have one.
    if (!page.hasSignIn || (access.token === '' && !page.hasPathToken)) {
      setState((last) => (last.kind === 'checking' ? { kind: 'visitor' } : last));
      return;
    }
    setState({ kind: 'checking' });
    signInAs(access).then(
      (who) => {
        setState(who ? { kind: 'in', who } : { kind: 'visitor' });
      },
      (error: unknown) => {
        const failure = error instanceof ApiError ? error : new ApiError(0, '', '', '');
        if (failure.status === 401) storeToken('');
        setState({ kind: 'visitor', error: failure });
      },
    );
    // Its language does not matter.
  }, [access.base, access.token, page, attempt]);

  const signIn = (entered: string) => {
    storeToken(entered);
    setToken(entered);
    setAttempt((one) => one + 1); // also if it is the same again
  };
  const signOut = () => {
    storeToken('');
    setToken('');
    setState({ kind: 'visitor' });
    history.replaceState(null, '', location.pathname + location.search);
  };
  const changeLanguage = (chosen: Language) => {
    setLanguage(chosen);
    document.documentElement.lang = APP_TEXTS[chosen].tag;
    const query = new URLSearchParams(location.search);
    query.set('lang', chosen);
    history.replaceState(null, '', `${location.pathname}?${query.toString()}${location.hash}`);
  };

  const isOperator = state.kind === 'in' && state.who.kind === 'operator';
  const { nav } = texts;
  const views: readonly (Tab & { readonly show: () => preact.JSX.Element })[] = isOperator
    ? [
        { name: 'overview', title: nav.overview, show: () => <Overview /> },
        { name: 'tokens', title: nav.tokens, show: () => <Tokens /> },
        { name: 'keys', title: nav.keys, show: () => <Keys /> },
        { name: 'requests', title: nav.requests, show: () => <Requests /> },
        { name: 'health', title: nav.health, show: () => <Health /> },
        { name: 'clients', title: nav.clients, show: () => <OperatorClients /> },
      ]
    : [];
  const shown = views.find(({ name }) => name === view) ?? views[0];
  return (
    <UiContext.Provider value={ui}>
      <Shell
        tabs={views}
        current={shown?.name}
        who={
          state.kind === 'in'
            ? state.who.kind === 'operator'
              ? texts.signIn.admin
              : state.who.name
            : undefined
        }
        canSignOut={token !== ''}
        onSignOut={signOut}
        onLanguage={changeLanguage}
        message={message}
      >
        {state.kind === 'in' && state.who.kind === 'holder' ? (
          <Holder name={state.who.name} />
        ) : shown ? (
          shown.show()
        ) : (
          <Visitor
            isChecking={state.kind === 'checking'}
            error={state.kind === 'visitor' ? state.error : undefined}
            keepsToken={keepsToken}
            onToken={signIn}
          />
        )}
      </Shell>
    </UiContext.Provider>
  );
}

const MESSAGE_MS = 4_000;

/** A text that is shown for a moment. */
function useMessage(): readonly [string, (text: string) => void] {
  const [message, setMessage] = useState('');
  const timer = useRef(0);
  const announce = useCallback((text: string) => {
    setMessage(text);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      setMessage('');
    }, MESSAGE_MS);
  }, []);
  return [message, announce];
}
