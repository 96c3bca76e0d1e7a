import { useEffect, useState } from 'preact/hooks';

/** The view that the fragment names, such as `requests` of `#/requests`; '' for none. */
function currentView(): string {
  return /^#\/([\w-]+)$/.exec(location.hash)?.[1] ?? '';
}

/** The view that is shown; links with `#/name` change it. */
export function useView(): string {
  const [view, setView] = useState(currentView);
  useEffect(() => {
    const onChange = () => {
      setView(currentView());
    };
    addEventListener('hashchange', onChange);
    return () => {
      removeEventListener('hashchange', onChange);
    };
  }, []);
  return view;
}
