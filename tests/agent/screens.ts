/** Ends of screens as the programs drew them, shortened; their widths are their own. */
export const claudeApproval = `● Bash(touch asked.txt)
  ⎿  Waiting…

────────────────────────────────────────
 Bash command

   touch asked.txt
   scripted step

 Do you want to proceed?
 ❯ 1. Yes
   2. Yes, and always allow access to repo-2/ from this project
   3. No

 Esc to cancel · Tab to amend · ctrl+e to explain`;

export const claudeComposer = `● done

✻ Worked for 0s

────────────────────────────────────────
❯ 
────────────────────────────────────────
  ⏵⏵ bypass permissions on (shift+tab to cycle) · ← for agents`;

export const claudeTrust = ` Accessing workspace:

 Quick safety check: Is this a project you created or one you trust? (Like your own code).

 ❯ 1. Yes, I trust this folder
   2. No, exit

 Enter to confirm · Esc to cancel
`;

export const claudeKey = `  Detected a custom API key in your environment

  Do you want to use this API key?

    1. Yes
  ❯ 2. No (recommended)

  Enter to confirm · Esc to cancel`;

export const codexApproval = `• Running touch /elsewhere/a.txt

  Would you like to run the following command?

  Reason: scripted escalation

  $ touch /elsewhere/a.txt

› 1. Yes, proceed (y)                                
  2. Yes, and don't ask again for commands that start with \`touch /elsewhere/a.txt\` (p)
  3. No, and tell Codex what to do differently (esc)

  Press enter to confirm or esc to cancel            `;

export const codexComposer = `• done one

› Ask Codex to do anything

  fake-model default · ~/shop · ok
  ← for agents · ? for shortcuts                     ⚠ 2 warnings · f2 to view`;

export const codexTrust = `  Folder access

  Trust this folder? Codex can read, edit, and run files here.

› 1. Trust and continue
  2. Back to Agent Command Center

  enter continue · esc back
`;

export const codexHooks = `  Hooks need review
  1 hook is new or changed.

› 1. Review hooks
  2. Trust all and continue
  3. Continue without trusting (hooks won't run)

  enter confirm · esc skip   `;

export const codexLogin = `  Choose how you want to use Codex.

> 1. Sign in with ChatGPT
  3. Sign in another way

  Press enter to continue
`;

export const geminiApproval = `╭──────────────────────────────────╮
│ ? Shell  touch gone.txt          │
│ Allow execution of [Shell]?      │
│                                  │
│ ● 1. Allow once                  │
│   2. Allow for this session      │
│   3. No, suggest changes (esc)   │
╰──────────────────────────────────╯`;

export const geminiComposer = `✦ done one

────────────────────────────────────
 YOLO Ctrl+Y
 *   Type your message or @path/to/file
 workspace (/directory)      branch
 ~/worktrees/shop-1          ao/shop-1/root`;

export const qwenApproval = `  ╭──────────────────────────────────────────────────────────╮
  │ ?  Shell touch gone.txt (scripted step) ←                │
  │ Allow execution of: 'touch'?                             │
  │                                                          │
  │ › 1. Yes, allow once                                     │
  │   2. Always allow run 'touch *' commands in this project │
  │   4. No, suggest changes (esc)                           │
  │                                                          │
  ╰──────────────────────────────────────────────────────────╯

  ⠏ Waiting for user confirmation...`;

export const copilotApproval = `╭──────────────────────────────────────────────╮
│ scripted step                                │
│ ╭──────────────────────────────────────────╮ │
│ │ touch cp1.txt                            │ │
│ ╰──────────────────────────────────────────╯ │
│                                              │
│ Do you want to run this command?             │
│                                              │
│ ❯ 1. Yes                                     │
│   2. Yes, and don't ask again for \`touch\`    │
│   3. No, and tell Copilot what to do (Esc)   │
│                                              │
│ ↑/↓ to navigate · enter to select · esc to cancel │
╰──────────────────────────────────────────────╯`;

export const copilotPath = `╭──────────────────────────────────────────────╮
│ Allow path access                            │
│ Do you want to allow this?                   │
│                                              │
│   1. Yes                                     │
│ ❯ 2. Yes, and remember this path             │
│   3. No (Esc)                                │
│                                              │
│ ↑/↓ to navigate · enter to select · esc to cancel │
╰──────────────────────────────────────────────╯`;

export const copilotTrust = `╭──────────────────────────────────────────────╮
│ Confirm folder trust                         │
│ Do you trust the files in this folder?       │
│                                              │
│ ❯ 1. Yes                                     │
│   2. Yes, and remember this folder           │
│   3. No (Esc)                                │
│                                              │
│ ↑/↓ to navigate · enter to select · esc to cancel │
╰──────────────────────────────────────────────╯`;

export const copilotComposer = ` ● cp done
 ~/worktrees/shop-1 [⎇ ao/shop-1/root%]
────────────────────────────────────────────────
❯ 
────────────────────────────────────────────────
 ← open sidebar · Interactive · / commands · ? help                fake-model`;
