import path from 'node:path';
import { inspectHouse, ROOMS } from './inspect';

/** A room with more files should be divided; providers are one file each. */
const MAX_FILES = 12;

const house = inspectHouse(path.resolve(__dirname, '../../src'));
const problems = [
  ...house.upward.map(({ from, to }) => `upward: ${from} imports ${to}`),
  ...house.circles.map((files) => `circle: ${files.join(' → ')}`),
  ...house.homeless.map((file) => `in no room: ${file}`),
];
for (const room of ROOMS) {
  const files = house.files.filter((file) => file.room === room);
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const longest = Math.max(0, ...files.map((file) => file.lines));
  console.log(
    `${room.padEnd(18)} ${String(files.length).padStart(2)} files ${String(lines).padStart(5)} lines, the longest ${longest}`,
  );
  if (files.length > MAX_FILES && !room.startsWith('providers')) {
    problems.push(`${room} has ${files.length} files, more than ${MAX_FILES}`);
  }
}
const imports = house.files.reduce((sum, file) => sum + file.imports.length, 0);
console.log(
  `${ROOMS.length} rooms, ${house.files.length} files, ${imports} imports, ${house.upward.length} upward, ${house.circles.length} circles`,
);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
