import { buildEmbed, buildScf, buildScfEvent, type Built } from './build';

const size = ({ bytes }: Built) => `${(bytes / 1024).toFixed(0)} KiB`;

async function main(): Promise<void> {
  const web = await buildScf('dist/scf');
  console.log(
    `${web.folder}: index.js, ${size(web)}, with scf_bootstrap, start.js, config-file.js, console.js, monitoring.js, page.js, redis-client.js, request-rules.js, token-form.js, a code cache for this Node and THIRD-PARTY-LICENSES`,
  );
  const event = await buildScfEvent('dist/scf-event');
  console.log(`${event.folder}: index.js for an event function, ${size(event)}`);
  const embed = await buildEmbed('dist/embed');
  console.log(`${embed.folder}: index.js for other programs, ${size(embed)}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
