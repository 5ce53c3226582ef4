/** Keys while a dialog is open. */
import type { App } from './app.js';
import type { ConfirmDialog, HelpDialog, MenuDialog, TextDialog } from './dialog.js';
import { SETUP_ROWS } from './setup-table.js';

const SCROLL: Record<string, number> = {
  down: 1,
  up: -1,
  pagedown: 10,
  pageup: -10,
  home: -100_000,
  end: 100_000,
};

export function dialogKey(app: App, key: string): void {
  const dialog = app.state.dialog!;
  if (key === 'escape' || key === 'f10') {
    app.closeDialog();
    return;
  }
  switch (dialog.dialog) {
    case 'help':
      helpKey(app, dialog, key);
      break;
    case 'setup':
      setupKey(app, dialog, key);
      break;
    case 'menu':
      menuKey(app, dialog, key);
      break;
    case 'confirm':
      confirmKey(app, dialog, key);
      break;
    case 'text':
      textKey(app, dialog, key);
      break;
  }
}

function helpKey(app: App, dialog: HelpDialog, key: string): void {
  if (key in SCROLL) dialog.top += SCROLL[key]!;
  else if (key === 'f1') app.closeDialog();
  else if (key === 'backspace') dialog.text = dialog.text.slice(0, -1);
  else if (key === 'enter' || (dialog.text === '' && (key === 'q' || key === '?'))) app.closeDialog();
  else if (key === 'space') dialog.text += ' ';
  else if (key.length === 1) dialog.text += key;
}

function setupKey(app: App, dialog: HelpDialog, key: string): void {
  const row = SETUP_ROWS[dialog.cursor]!;
  if (key === 'q' || key === 'S' || key === 'f2') app.closeDialog();
  else if (key === 'down' || key === 'j') dialog.cursor = Math.min(SETUP_ROWS.length - 1, dialog.cursor + 1);
  else if (key === 'up' || key === 'k') dialog.cursor = Math.max(0, dialog.cursor - 1);
  else if (['+', 'right', 'l', 'enter', 'space'].includes(key))
    app.changeSettings(row.change(app.state.settings, 1));
  else if (['-', 'left', 'h'].includes(key)) app.changeSettings(row.change(app.state.settings, -1));
}

function menuKey(app: App, dialog: MenuDialog, key: string): void {
  if (key === 'q') app.closeDialog();
  else if (key === 'down' || key === 'j')
    dialog.cursor = Math.min(dialog.items.length - 1, dialog.cursor + 1);
  else if (key === 'up' || key === 'k') dialog.cursor = Math.max(0, dialog.cursor - 1);
  else if (key === 'enter') {
    const item = dialog.items[dialog.cursor];
    if (!item) return;
    if (item.isDisabled) app.say(item.note, true);
    else {
      app.closeDialog();
      item.choose(app);
    }
  }
}

/** Only Enter on the right button acts: no letter does, so that nothing happens by a slip. */
function confirmKey(app: App, dialog: ConfirmDialog, key: string): void {
  if (key === 'q') app.closeDialog();
  else if (['tab', 'S-tab', 'left', 'right', 'h', 'l'].includes(key))
    dialog.choice = dialog.choice === 'cancel' ? 'do' : 'cancel';
  else if (key in SCROLL) dialog.top += SCROLL[key]!;
  else if (key === 'y') app.copyText(dialog.plan.commands.join('\n'));
  else if (key === 'enter') {
    app.closeDialog();
    if (dialog.choice === 'do') app.runPlan(dialog.plan, dialog.undoes);
    else app.say('nothing was done', false);
  }
}

function textKey(app: App, dialog: TextDialog, key: string): void {
  const letters: Record<string, string> = { j: 'down', k: 'up', g: 'home', G: 'end' };
  const step = SCROLL[letters[key] ?? key];
  if (step !== undefined) dialog.top += step;
  else if (key === 'y') app.copyText(dialog.copyText);
  else if (key === 'f1') app.openDialog('help');
  else if (['q', 'enter', '@', '=', '?'].includes(key)) app.closeDialog();
}
