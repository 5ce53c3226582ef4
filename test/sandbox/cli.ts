/** `npm run sandbox -- NAME`: a scene to look at by hand; it ends with Ctrl-D. */
import { spawnSync } from 'node:child_process';
import { SCENES, sceneProgram } from './scene.js';

const [name] = process.argv.slice(2);
if (!(SCENES as readonly (string | undefined)[]).includes(name)) {
  process.stderr.write(`give a scene: ${SCENES.join(' ')}\n`);
  process.exit(2);
}
process.exitCode = spawnSync(sceneProgram(), [name!], { stdio: 'inherit' }).status ?? 1;
