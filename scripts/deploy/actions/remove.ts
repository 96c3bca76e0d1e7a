import { remove } from '../deploy';
import { domainDeployment, removeDomain } from '../domain/apply';
import { prepareRemoval } from '../prepare';
import { inEachRegion } from '../regions';
import { domainOptions, regionTarget, type ActionContext } from './context';

/** `npm run deploy -- remove`: deletes the function and its public URL in each region. */
export async function removeEverywhere(context: ActionContext): Promise<object> {
  const { parsed, place, terminal } = context;
  const { settings: all, connection } = prepareRemoval(place);
  return inEachRegion(all, terminal, async (settings) => {
    const what = `the function ${settings.name} in ${settings.region}`;
    if (parsed.dryRun) {
      terminal.say(`Would remove ${what} and its public URL. Nothing was changed.`);
      return { removed: false };
    }
    const target = regionTarget(context, connection, settings);
    const domain = domainDeployment(target, domainOptions(context));
    if (domain && (await removeDomain(domain)))
      terminal.say(`Removed the custom domain ${domain.domain.domain}. Its DNS record can go as well.`);
    const removed = await remove(target);
    terminal.say(removed ? `Removed ${what}.` : `There is no ${what.slice(4)}; nothing to remove.`);
    return { removed };
  });
}
