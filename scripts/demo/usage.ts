/** How to call a proxy in front of the simulated provider. */
export function usage(port: string): string {
  return `The proxy runs on http://localhost:${port} in front of a simulated provider. In another terminal:

curl -N http://localhost:${port}/v1/chat/completions -H 'Authorization: Bearer any' -H 'Content-Type: application/json' -d '{"model":"demo","stream":true,"messages":[{"role":"user","content":"Hi"}]}'
`;
}
