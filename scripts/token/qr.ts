import qrcode from 'qrcode-generator';

/** Light modules around the code, which readers need to find it: https://www.qrcode.com/en/howto/code.html */
const QUIET_ZONE = 4;
/** Black on white from the fixed part of 256 colours: the first 16 are a theme's, in which white may be grey or beige. */
const COLOURS = '\x1b[38;5;16;48;5;231m';
const RESET = '\x1b[0m';
/** By whether the upper and the lower module are dark. */
const HALVES = [
  [' ', '▄'],
  ['▀', '█'],
] as const;

/** The modules of a QR code, row by row: whether each is dark. */
export function qrModules(text: string): readonly (readonly boolean[])[] {
  // A screen does not get dirty, so the lowest correction, whose modules are the largest.
  const code = qrcode(0, 'L');
  code.addData(text, 'Byte');
  code.make();
  const modules = Array.from({ length: code.getModuleCount() }, (_, at) => at);
  return modules.map((row) => modules.map((column) => code.isDark(row, column)));
}

/**
 * A QR code for a terminal: two modules a character, one above the other. Its colours do not depend on the theme, so that it
 * is dark on light everywhere.
 */
export function qrLines(text: string): readonly string[] {
  const modules = qrModules(text);
  const end = modules.length + QUIET_ZONE;
  const isDark = (row: number, column: number) => modules[row]?.[column] === true;
  const lines: string[] = [];
  for (let row = -QUIET_ZONE; row < end; row += 2) {
    let line = '';
    for (let column = -QUIET_ZONE; column < end; column++)
      line += HALVES[Number(isDark(row, column)) as 0 | 1][Number(isDark(row + 1, column)) as 0 | 1];
    lines.push(COLOURS + line + RESET);
  }
  return lines;
}
