/** The server's key, which must be nowhere but at the upstream. */
export const CHAOS_KEY = 'sk-chaos-key-of-the-server-0123456789';
/** What the client sends. */
export const CHAOS_TOKEN = 'token-of-the-chaos-client-0123';
