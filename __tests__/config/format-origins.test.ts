import { readConfig } from '../../src/config/read-config';
import { originOf } from '../../src/proxy/routing/upstream-origin';

/** Where a provider with this address of its own has Anthropic's format. */
function messagesAt(name: string, upstream: string): string {
  const { providers, upstreams } = readConfig({ [`${name.toUpperCase()}_UPSTREAM`]: upstream });
  const messages = providers.named(name)?.messages;
  if (!messages) throw new Error(`${name} has no such format`);
  const { protocol, host, pathPrefix } = originOf(upstreams, messages);
  return `${protocol}//${host}${pathPrefix}`;
}

describe('another format of a provider', () => {
  it.each([
    ['deepseek', 'https://api.deepseek.com/v1', 'https://api.deepseek.com/anthropic'],
    ['deepseek', 'https://api.deepseek.com/beta', 'https://api.deepseek.com/anthropic'],
    ['zhipu', 'https://open.bigmodel.cn/api/coding/paas/v4', 'https://open.bigmodel.cn/api/anthropic'],
  ])('stays where %s has it, if the address (%s) is on its own host: %s', (name, upstream, expected) => {
    expect(messagesAt(name, upstream)).toBe(expected);
  });

  it.each([
    ['zhipu', 'https://api.z.ai/api/paas/v4', 'https://api.z.ai/api/anthropic'],
    ['moonshot', 'https://api.moonshot.ai', 'https://api.moonshot.ai/anthropic'],
    ['moonshot', 'https://api.moonshot.ai/v1', 'https://api.moonshot.ai/anthropic'],
    [
      'dashscope',
      'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
      'https://dashscope-intl.aliyuncs.com/apps/anthropic',
    ],
    ['deepseek', 'https://relay.example/deepseek', 'https://relay.example/deepseek/anthropic'],
    ['openrouter', 'https://relay.example/or/api', 'https://relay.example/or/api'],
    ['zhipu', 'https://relay.example/z/api/paas/v4', 'https://relay.example/z/api/anthropic'],
  ])('of %s moves with the address, %s: %s', (name, upstream, expected) => {
    expect(messagesAt(name, upstream)).toBe(expected);
  });
});
