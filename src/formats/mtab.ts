import { unescapeMountPath } from './mountinfo.js';

/** A line of /etc/mtab, getmntent(3). */
export interface MtabEntry {
  source: string;
  target: string;
  filesystemType: string;
  options: string;
}

export function parseMtab(text: string): MtabEntry[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/[ \t]+/);
    if (fields.length < 4 || line.trimStart().startsWith('#')) return [];
    const [source, target, filesystemType, options] = fields.map(unescapeMountPath);
    return [{ source: source!, target: target!, filesystemType: filesystemType!, options: options! }];
  });
}
