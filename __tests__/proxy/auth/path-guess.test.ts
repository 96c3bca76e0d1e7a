import { readConfig } from '../../../src/config/read-config';
import { guessesToken } from '../../../src/proxy/auth/path-guess';
import { parseTarget } from '../../../src/proxy/routing/parse-target';

const { providers, stagePrefixes } = readConfig({ PROVIDERS: 'mine=https://mine.example/v4' });
const guesses = (target: string) =>
  guessesToken(parseTarget(target, { providers, stagePrefixes }), providers);

it.each([
  '/t/v1/chat/completions',
  '/t/v1',
  '/t/v4/chat/completions',
  '/t/chat/completions',
  '/t/messages',
  '/t/openai/v1/models',
  '/t/mine/v4/models',
  '/t/upload/v1beta/files',
  '/t/-/keys',
  '/t/api/hello',
  '/release/t/v1/models',
  '/sixteen-letters.',
  '/sixteen-letters./',
  '/sixteen-letters./anything',
])('the path %s counts as a guess of a token', (target) => {
  expect(guesses(target)).toBe(true);
});

it.each([
  '/',
  '/release',
  '/v1/models',
  '/release/v1/models/t/v1',
  '/groq/t/v1/models',
  '/mine/v4/models',
  '/models/t:generateContent',
  '/favicon.ico',
  '/robots.txt',
  '/wp-login.php',
  '/.env',
  '/t',
  '/t/',
  '/t/anything',
  '/fifteen-letters',
  '/not%20a%20token%20by%20its%20form',
])('the path %s does not count as a guess of a token', (target) => {
  expect(guesses(target)).toBe(false);
});
