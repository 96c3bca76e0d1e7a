import type { Environment } from '../../src/config/effective-value';

/** `${env:NAME}`, or `${env:NAME, 'default'}`. */
const REFERENCE = /\$\{env:([A-Za-z_]\w*)(?:\s*,\s*(?:'([^']*)'|"([^"]*)"))?\s*\}/g;

/** A text with its references replaced, or the name of the variable that is not set, or what is wrong. */
export type Resolved = { readonly text: string } | { readonly unset: string } | { readonly problem: string };

/** Replaces references by values from this machine's environment. An empty variable counts as not set. */
export function resolveReferences(text: string, environment: Environment): Resolved {
  let unset: string | undefined;
  const resolved = text.replace(REFERENCE, (_all, name: string, single?: string, double?: string) => {
    const value = environment[name] ?? '';
    if (value !== '') return value;
    const fallback = single ?? double;
    if (fallback === undefined) unset ??= name;
    return fallback ?? '';
  });
  // Searched in the original text: a variable's value may contain anything.
  if (text.replace(REFERENCE, '').includes('${'))
    return { problem: "has an unsupported reference. Use ${env:NAME} or ${env:NAME, 'default'}." };
  return unset === undefined ? { text: resolved } : { unset };
}
