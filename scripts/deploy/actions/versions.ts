import { prepareRemoval } from '../prepare';
import { inEachRegion } from '../regions';
import { rollBackAndCall } from '../stages';
import { showVersions } from '../versions/commands';
import { regionTarget, type ActionContext } from './context';

/** `npm run deploy -- versions` and `-- rollback`, in each region. */
export async function versionsEverywhere(context: ActionContext): Promise<object> {
  const { parsed, place, terminal, pace } = context;
  const { settings: all, connection } = prepareRemoval(place);
  return inEachRegion(all, terminal, async (settings) => {
    const target = regionTarget(context, connection, settings);
    return parsed.action === 'versions'
      ? { versions: await showVersions(target) }
      : rollBackAndCall(target, parsed, pace);
  });
}
