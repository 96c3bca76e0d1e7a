import { Project } from './project';

const FUNCTION = 'https://1250000000-abc';
let project: Project;

beforeEach(() => {
  project = new Project({ TENCENT_SECRET_ID: '', TENCENT_SECRET_KEY: '' });
});
afterEach(() => project.remove());

it.each([
  ['ap-singapore', true],
  ['ap-tokyo', false],
])('a deployment to Singapore with a SISTER_URL in %s stops for it: %s', async (region, stops) => {
  project.environment['SISTER_URL'] = `${FUNCTION}.${region}.tencentscf.com`;
  const { status, errors } = await project.run();
  expect(status).toBe(1); // in both cases: there are no credentials either
  expect(errors.includes('SISTER_URL is a function in ap-singapore, as this one is')).toBe(stops);
});
