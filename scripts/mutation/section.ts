import scores from './scores.json';
import { percentOf, sumOf, type FileScore } from './scores';

/** The scores by room, as a table. */
export function mutationSection(): string {
  const rooms = new Map<string, FileScore[]>();
  for (const [file, score] of Object.entries<FileScore>(scores)) {
    const room = file.slice(0, file.lastIndexOf('/'));
    rooms.set(room, [...(rooms.get(room) ?? []), score]);
  }
  const rows = [...rooms].map(([room, files]) => {
    const sum = sumOf(files);
    return `| ${room} | ${files.length} | ${sum.changes} | ${sum.noticed} | ${percentOf(sum).toFixed(1)} % |`;
  });
  const head = ['| Room | Files | Changes | Noticed | Score |', '| --- | ---: | ---: | ---: | ---: |'];
  return [...head, ...rows].join('\n');
}
