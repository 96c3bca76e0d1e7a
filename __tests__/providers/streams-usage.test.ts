import { VARIABLES } from '../../src/config/variables';
import { BUILT_IN } from '../../src/providers/registry';

it('METER_STREAMS names the providers that are asked for the usage of streams, and no others', () => {
  const asked = BUILT_IN.filter(({ streamsUsageOnRequest }) => streamsUsageOnRequest).map(({ name }) => name);
  const [, named = ''] = /For ([^.]+)\.$/.exec(VARIABLES.meterStreams.about) ?? [];
  expect(named.toLowerCase().split(/, | and /)).toEqual(asked);
});
