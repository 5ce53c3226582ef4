# In the virtual machine, after lines that set kernel, repository and tests.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=xterm NSVIEW_HWSIM=1
release=$(uname -r)
mkdir -p /lib/modules
ln -s "$kernel/lib/modules/$release" /lib/modules/
modprobe mac80211_hwsim radios=2
modprobe -q -a tun dummy bonding 8021q
cd "$repository" || exit
echo "Linux $release"
files=("${tests[@]/%/.test.js}")
node_modules/.bin/ava --timeout=30m --concurrency=1 "${files[@]/#/dist/test/kernel/}"
sync
echo o >/proc/sysrq-trigger
sleep 60
