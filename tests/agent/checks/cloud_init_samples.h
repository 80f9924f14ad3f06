// What Debian 12's cloud-init 22.4.2 wrote: recorded in a Debian 12 root, with a user data script
// that ends well and one that fails (set -e, a command that is not there), and nothing changed.
#pragma once

namespace faultline::checks::samples {

inline constexpr char kGoodStatus[] = R"json({
 "v1": {
  "datasource": "DataSourceNoCloud [seed=/var/lib/cloud/seed/nocloud][dsmode=net]",
  "init": {
   "errors": [],
   "finished": 1795614062.333327,
   "start": 1795614062.1640308
  },
  "init-local": {
   "errors": [],
   "finished": 1795614060.4749825,
   "start": 1795614060.3876529
  },
  "modules-config": {
   "errors": [],
   "finished": 1795614064.5023594,
   "start": 1795614064.459854
  },
  "modules-final": {
   "errors": [],
   "finished": 1795614066.2288525,
   "start": 1795614066.2078972
  },
  "modules-init": {
   "errors": [],
   "finished": null,
   "start": null
  },
  "stage": null
 }
})json";

inline constexpr char kGoodResult[] = R"json({
 "v1": {
  "datasource": "DataSourceNoCloud [seed=/var/lib/cloud/seed/nocloud][dsmode=net]",
  "errors": []
 }
})json";

inline constexpr char kRunningStatus[] = R"json({
 "v1": {
  "datasource": "DataSourceNoCloud [seed=/var/lib/cloud/seed/nocloud][dsmode=net]",
  "init": {
   "errors": [],
   "finished": 1795614119.559371,
   "start": 1795614118.9237566
  },
  "init-local": {
   "errors": [],
   "finished": 1795614117.3200073,
   "start": 1795614117.1198547
  },
  "modules-config": {
   "errors": [
    "('locale', ProcessExecutionError(\"Unexpected error while running command.\\nCommand: ['update-locale', '--locale-file=/etc/default/locale', 'LANG=en_US.UTF-8']\\nExit code: 255\\nReason: -\\nStdout: -\\nStderr: -\"))"
   ],
   "finished": 1795614121.9158475,
   "start": 1795614121.2355156
  },
  "modules-final": {
   "errors": [],
   "finished": null,
   "start": 1795614123.8851857
  },
  "modules-init": {
   "errors": [],
   "finished": null,
   "start": null
  },
  "stage": "modules-final"
 }
})json";

inline constexpr char kFailedStatus[] = R"json({
 "v1": {
  "datasource": "DataSourceNoCloud [seed=/var/lib/cloud/seed/nocloud][dsmode=net]",
  "init": {
   "errors": [],
   "finished": 1795614119.559371,
   "start": 1795614118.9237566
  },
  "init-local": {
   "errors": [],
   "finished": 1795614117.3200073,
   "start": 1795614117.1198547
  },
  "modules-config": {
   "errors": [
    "('locale', ProcessExecutionError(\"Unexpected error while running command.\\nCommand: ['update-locale', '--locale-file=/etc/default/locale', 'LANG=en_US.UTF-8']\\nExit code: 255\\nReason: -\\nStdout: -\\nStderr: -\"))"
   ],
   "finished": 1795614121.9158475,
   "start": 1795614121.2355156
  },
  "modules-final": {
   "errors": [
    "('scripts-user', RuntimeError('Runparts: 1 failures (part-001) in 1 attempted commands'))"
   ],
   "finished": 1795614126.51893,
   "start": 1795614123.8851857
  },
  "modules-init": {
   "errors": [],
   "finished": null,
   "start": null
  },
  "stage": null
 }
})json";

inline constexpr char kFailedResult[] = R"json({
 "v1": {
  "datasource": "DataSourceNoCloud [seed=/var/lib/cloud/seed/nocloud][dsmode=net]",
  "errors": [
   "('locale', ProcessExecutionError(\"Unexpected error while running command.\\nCommand: ['update-locale', '--locale-file=/etc/default/locale', 'LANG=en_US.UTF-8']\\nExit code: 255\\nReason: -\\nStdout: -\\nStderr: -\"))",
   "('scripts-user', RuntimeError('Runparts: 1 failures (part-001) in 1 attempted commands'))"
  ]
 }
})json";

inline constexpr char kFailedOutput[] =
    R"json(2026-11-25 13:41:59,549 - util.py[WARNING]: Failed generating key type ecdsa to file /etc/ssh/ssh_host_ecdsa_key
2026-11-25 13:41:59,551 - util.py[WARNING]: Failed generating key type ed25519 to file /etc/ssh/ssh_host_ed25519_key
Cloud-init v. 22.4.2 running 'modules:config' at Wed, 25 Nov 2026 13:42:01 +0000. Up 1894.17 seconds.
Generating locales (this might take a while)...
Generation complete.
*** update-locale: Error: invalid locale settings:  LANG=en_US.UTF-8
2026-11-25 13:42:01,569 - util.py[WARNING]: Running module locale (<module 'cloudinit.config.cc_locale' from '/usr/lib/python3/dist-packages/cloudinit/config/cc_locale.py'>) failed
Cloud-init v. 22.4.2 running 'modules:final' at Wed, 25 Nov 2026 13:42:03 +0000. Up 1896.82 seconds.
Installing flask
/var/lib/cloud/instance/scripts/part-001: line 5: pip3: command not found
2026-11-25 13:42:06,446 - cc_scripts_user.py[WARNING]: Failed to run module scripts-user (scripts in /var/lib/cloud/instance/scripts)
2026-11-25 13:42:06,446 - util.py[WARNING]: Running module scripts-user (<module 'cloudinit.config.cc_scripts_user' from '/usr/lib/python3/dist-packages/cloudinit/config/cc_scripts_user.py'>) failed
Cloud-init v. 22.4.2 finished at Wed, 25 Nov 2026 13:42:06 +0000. Datasource DataSourceNoCloud [seed=/var/lib/cloud/seed/nocloud][dsmode=net].  Up 1899.42 seconds
)json";

}  // namespace faultline::checks::samples
