import type { Environment } from '../../src/config';

/** `${env:NAME}`, or `${env:NAME, 'what else'}`. */
const REFERENCE = /\$\{env:([A-Za-z_]\w*)(?:\s*,\s*(?:'([^']*)'|"([^"]*)"))?\s*\}/g;

/** A text with its references replaced, or the name of the variable that is not set, or what is wrong. */
export type Resolved = { readonly text: string } | { readonly unset: string } | { readonly problem: string };

/** Replaces references by what this machine's environment has. An empty variable counts as not set. */
export function resolveReferences(text: string, environment: Environment): Resolved {
  let unset: string | undefined;
  const resolved = text.replace(REFERENCE, (_all, name: string, single?: string, double?: string) => {
    const value = environment[name] ?? '';
    if (value !== '') return value;
    const fallback = single ?? double;
    if (fallback === undefined) unset ??= name;
    return fallback ?? '';
  });
  // Looked for in the text as it is written: a variable's own value may hold anything.
  if (text.replace(REFERENCE, '').includes('${'))
    return { problem: "has a reference of another form than ${env:NAME} or ${env:NAME, 'default'}." };
  return unset === undefined ? { text: resolved } : { unset };
}
