import { ApiError, fetchJson, type Access } from './parts/api';

export type Visitor = { readonly kind: 'operator' } | { readonly kind: 'holder'; readonly name: string };

/**
 * Whose token it is. `/-/usage` responds to both kinds: to the operator for all tokens, to a holder for one, which it names.
 * @returns `undefined` if there is no token, and the path has none either
 * @throws ApiError
 */
export async function signInAs(access: Access): Promise<Visitor | undefined> {
  const today = new Date().toISOString().slice(0, 10);
  try {
    const { token } = await fetchJson<{ token?: string }>(access, `/-/usage?by=day&since=${today}`);
    return token === undefined ? { kind: 'operator' } : { kind: 'holder', name: token };
  } catch (error) {
    if (access.token === '' && error instanceof ApiError && error.status === 401) return undefined;
    throw error;
  }
}
