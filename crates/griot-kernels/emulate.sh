#!/usr/bin/env bash
# Runs a crate's tests on instruction sets that this machine lacks.
#
#   emulate.sh [PACKAGE [TEST-FILTER...]]      PACKAGE defaults to griot-kernels
#
# Three passes, each skipped with a reason where its tools are missing:
#   arm     aarch64 with NEON, dotprod, i8mm and bf16, under qemu-user: seconds;
#   avx512  AVX-512 F/BW/VL/DQ/VNNI, in a Bochs machine that boots Linux: minutes; where the
#           processor has avx512_bf16 the tests simply run, with BF16;
#   miri    AVX-512 F/BW/VL/DQ/VNNI as Miri interprets it, which also finds reads outside
#           a buffer, masked lanes included: minutes, off unless asked for.
#
# PASSES         which passes to run         (default "arm avx512")
# PROPTEST_CASES cases for each property     (default 8)
# EMULATE_DIR    where machines are kept     (default target/emulate)
# EMULATE_LIMIT  seconds for one Bochs run   (default 1800)
# EMULATE_MODEL  processor of Bochs          (default tigerlake; sapphire_rapids adds AVX-VNNI
#                and BF16, but Bochs 3.0 scales the displacement of a memory operand of
#                vdpbf16ps wrongly, so that tests of BF16 fail there with no fault of theirs)
# CARGO_ARGS     more arguments for cargo    (default none)
#
# Debian and Ubuntu packages: qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross
# (arm); xorriso isolinux syslinux-common busybox-static cpio (avx512). Bochs 3.0 or newer
# and a kernel come from Debian "trixie" through apt, unpacked under EMULATE_DIR, not
# installed; a BOCHS or KERNEL path in the environment replaces either.
set -uo pipefail

package=${1:-griot-kernels}
shift $(($# > 0))
filter=("$@")
passes=${PASSES:-arm avx512}
limit=${EMULATE_LIMIT:-1800}
dir=$(realpath -m "${EMULATE_DIR:-${CARGO_TARGET_DIR:-target}/emulate}")
export PROPTEST_CASES=${PROPTEST_CASES:-8}
read -ra cargo_args <<<"${CARGO_ARGS:-}"
status=0
summary=()

note() { summary+=("$1"); printf '== %s\n' "$1"; }
fail() { note "$1"; status=1; }
# missing COMMAND-OR-FILE...: prints the first that is not there.
missing() {
    local x
    for x; do command -v "$x" >/dev/null || [ -e "$x" ] || { echo "$x"; return; }; done
}

# ---------------------------------------------------------------- aarch64
arm() {
    local lack
    lack=$(missing qemu-aarch64 aarch64-linux-gnu-gcc)
    [ -z "$lack" ] || { note "arm: skipped, no $lack"; return; }
    rustc --print target-libdir --target aarch64-unknown-linux-gnu 2>/dev/null |
        xargs -r ls >/dev/null 2>&1 ||
        { note "arm: skipped, run: rustup target add aarch64-unknown-linux-gnu"; return; }
    # `max` has every extension; `cortex-a53` has neither dotprod, i8mm nor bf16.
    local cpu
    for cpu in max cortex-a53; do
        if CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
            CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -cpu $cpu -L /usr/aarch64-linux-gnu" \
            cargo test "${cargo_args[@]}" -p "$package" --target aarch64-unknown-linux-gnu \
            --lib --tests -- "${filter[@]}"; then
            note "arm: passed on $cpu"
        else
            fail "arm: FAILED on $cpu"
        fi
    done
}

# ---------------------------------------------------------------- x86-64
test_binaries() {
    cargo test "${cargo_args[@]}" -p "$package" --lib --tests --no-run --message-format=json |
        grep -o '"executable":"[^"]*"' | cut -d'"' -f4
}

# trixie ARGUMENTS: apt-get with its own lists and an empty "installed" set.
trixie() {
    local apt=$dir/apt site
    mkdir -p "$apt"/{lists,archives}/partial
    site=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' |
        grep -v security | head -1)
    [ -n "${DEBIAN_MIRROR:-$site}" ] || { echo "set DEBIAN_MIRROR" >&2; return 1; }
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${DEBIAN_MIRROR:-$site} trixie main" \
        >"$apt/sources.list"
    : >>"$apt/status"
    apt-get -qq -oDir::Etc::SourceList="$apt/sources.list" -oDir::Etc::SourceParts=/dev/null \
        -oDir::State::Lists="$apt/lists" -oDir::State::status="$apt/status" \
        -oDir::Cache::archives="$apt/archives" -oDir::Cache::pkgcache= -oDir::Cache::srcpkgcache= \
        -oAPT::Architectures=amd64 -oAPT::Sandbox::User= -oDebug::NoLocking=1 "$@"
}

# Unpacks Bochs, the libraries it needs and a kernel into $dir/machine: about 0.3 GB.
fetch_machine() {
    local root=$dir/machine kernel
    [ -e "$root/.complete" ] && return
    [ "$(missing apt-get dpkg-deb /usr/share/keyrings/debian-archive-keyring.gpg)" = "" ] || return 1
    trixie update &&
        trixie install -y --no-install-recommends --download-only bochs bochs-term || return 1
    kernel=$(apt_depends linux-image-cloud-amd64) || return 1
    (cd "$dir/apt/archives" && trixie download "$kernel") || return 1
    mkdir -p "$root"
    find "$dir/apt/archives" -name '*.deb' -exec dpkg-deb -x {} "$root" \; &&
        rm -rf "$dir/apt/archives" && touch "$root/.complete"
}

# The versioned kernel package behind the meta-package of this name.
apt_depends() {
    trixie install -s --no-install-recommends "$1" |
        sed -n 's/^Inst \(linux-image-[0-9][^ ]*\) .*/\1/p' | head -1 | grep .
}

# Runs in the background only: it replaces its subshell, whose id is then that of Bochs.
bochs() {
    [ -z "${BOCHS:-}" ] || exec "$BOCHS" "$@"
    local lib=$dir/machine/usr/lib/x86_64-linux-gnu
    LTDL_LIBRARY_PATH=$lib/bochs/plugins BXSHARE=$dir/machine/usr/share/bochs \
        exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib:$lib/pulseaudio" \
        "$dir/machine/usr/bin/bochs-bin" "$@"
}

# make_iso BINARY...: a disc that boots, runs each test binary and prints `EXIT name code`.
make_iso() {
    local rd=$dir/vm/rd iso=$dir/vm/iso binary lib
    rm -rf "$dir/vm"
    mkdir -p "$rd"/{bin,dev,proc,sys,tmp,tests} "$iso/isolinux"
    cp "$(command -v busybox)" "$rd/bin/busybox"
    for binary; do
        # Debug information would only make the disc slow to read.
        strip -o "$rd/tests/${binary##*/}" "$binary" 2>/dev/null || cp "$binary" "$rd/tests/"
        for lib in $(ldd "$binary" | grep -o '/[^ ]*'); do
            mkdir -p "$rd${lib%/*}" && cp -L "$lib" "$rd$lib"
        done
    done
    cat >"$rd/init" <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin PROPTEST_CASES=$PROPTEST_CASES RUST_BACKTRACE=0
mount -t proc proc /proc; mount -t devtmpfs dev /dev; mount -t sysfs sys /sys
exec </dev/null >/dev/ttyS0 2>&1
echo "BOOTED with \$(grep -m1 ^flags /proc/cpuinfo | grep -o 'avx[^ ]*' | tr '\n' ' ')"
cd /tmp
for t in /tests/*; do \$t --test-threads=1 ${filter[*]@Q}; echo "EXIT \${t##*/} \$?"; done
echo EMULATION-DONE
while :; do sleep 1000; done
INIT
    chmod +x "$rd/init"
    (cd "$rd" && find . | cpio -o -H newc --quiet | gzip -1) >"$iso/initrd.gz"
    cp "${KERNEL:-$(ls "$dir"/machine/boot/vmlinuz-* | tail -1)}" "$iso/vmlinuz"
    cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$iso/isolinux/"
    # Bochs reports AMX without the state Linux wants for it, and its SMM breaks ACPI (3.0);
    # the time-stamp counter runs far below the rate that the model claims.
    cat >"$iso/isolinux/isolinux.cfg" <<'CFG'
DEFAULT t
PROMPT 0
TIMEOUT 1
LABEL t
 KERNEL /vmlinuz
 INITRD /initrd.gz
 APPEND console=ttyS0,115200 quiet nokaslr mitigations=off panic=-1 rdinit=/init nosmp acpi=off nolapic tsc=unstable lpj=40000 no5lvl clearcpuid=amx_tile init_on_alloc=0 lsm=yama pci=off cryptomgr.notests initcall_blacklist=load_system_certificate_list,init_ima,init_evm
CFG
    xorriso -as mkisofs -quiet -o "$dir/vm/disc.iso" -b isolinux/isolinux.bin \
        -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table "$iso" 2>/dev/null
}

# Runs the disc until it says it is done; its console is $dir/vm/console.
run_machine() {
    local share=$dir/machine/usr/share/bochs pid
    [ -d "$share" ] || share=/usr/share/bochs
    cat >"$dir/vm/bochsrc" <<RC
config_interface: textconfig
display_library: rfb, options="timeout=0"
cpu: model=${EMULATE_MODEL:-tigerlake}, ips=20000000, reset_on_triple_fault=0
megs: 512
romimage: file=$share/BIOS-bochs-latest
vgaromimage: file=$share/VGABIOS-lgpl-latest
ata0-master: type=cdrom, path=$dir/vm/disc.iso, status=inserted
boot: cdrom
clock: sync=none
com1: enabled=1, mode=file, dev=$dir/vm/console
log: $dir/vm/bochs.log
panic: action=fatal
error: action=ignore
info: action=ignore
RC
    : >"$dir/vm/console"
    bochs -q -f "$dir/vm/bochsrc" </dev/null >"$dir/vm/out" 2>&1 &
    pid=$!
    local start=$SECONDS
    while kill -0 $pid 2>/dev/null; do
        grep -q EMULATION-DONE "$dir/vm/console" && break
        [ $((SECONDS - start)) -lt "$limit" ] || { echo "no end after $limit s"; break; }
        sleep 2
    done
    kill $pid 2>/dev/null
    wait $pid 2>/dev/null
    printf 'Bochs ran for %s s\n' $((SECONDS - start))
}

avx512() {
    local binaries lack
    [ "$(uname -m)" = x86_64 ] || { note "avx512: skipped, not an x86-64 machine"; return; }
    if grep -q avx512_bf16 /proc/cpuinfo; then
        if cargo test "${cargo_args[@]}" -p "$package" --lib --tests -- "${filter[@]}"; then
            note "avx512: passed on this processor"
        else
            fail "avx512: FAILED on this processor"
        fi
        return
    fi
    lack=$(missing xorriso busybox cpio /usr/lib/ISOLINUX/isolinux.bin \
        /usr/lib/syslinux/modules/bios/ldlinux.c32)
    [ -z "$lack" ] || { note "avx512: skipped, no $lack"; return; }
    mapfile -t binaries < <(test_binaries)
    [ ${#binaries[@]} -gt 0 ] || { fail "avx512: $package has no test binary that builds"; return; }
    [ -n "${BOCHS:-}" ] && [ -n "${KERNEL:-}" ] || fetch_machine ||
        { note "avx512: skipped, Bochs or a kernel could not be fetched"; return; }
    make_iso "${binaries[@]}" && run_machine
    sed -n '/^BOOTED/,$p' "$dir/vm/console" | tr -d '\r'
    grep -q '^BOOTED.* avx512_vnni' "$dir/vm/console" ||
        { fail "avx512: FAILED, the machine did not come up with AVX-512 (see $dir/vm/console)"; return; }
    local passed
    passed=$(tr -d '\r' <"$dir/vm/console" | grep -c '^EXIT .* 0$')
    if [ "$passed" -eq ${#binaries[@]} ]; then
        note "avx512: passed ($passed test binaries under Bochs)"
    else
        fail "avx512: FAILED ($passed of ${#binaries[@]} test binaries passed; see $dir/vm/console)"
    fi
}

# ---------------------------------------------------------------- Miri
# Miri has no shim for bf16, so it stays off, nor for 512-bit max, min, roundscale, cvtps_epi32
# and scalef: tests that reach those need `#[cfg_attr(miri, ignore)]`.
miri() {
    cargo +nightly miri --version >/dev/null 2>&1 ||
        { note "miri: skipped, run: rustup +nightly component add miri rust-src"; return; }
    if MIRIFLAGS=-Zmiri-disable-isolation CARGO_TARGET_DIR=$dir/miri \
        RUSTFLAGS=-Ctarget-feature=+avx2,+fma,+avx512f,+avx512bw,+avx512vl,+avx512dq,+avx512vnni \
        cargo +nightly miri test "${cargo_args[@]}" -p "$package" --lib --tests -- "${filter[@]}"; then
        note "miri: passed"
    else
        fail "miri: FAILED"
    fi
}

mkdir -p "$dir"
for pass in $passes; do
    case $pass in
    arm | avx512 | miri) "$pass" ;;
    *) fail "$pass: no such pass (arm, avx512, miri)" ;;
    esac
done
printf '\nSummary for %s (PROPTEST_CASES=%s)\n' "$package" "$PROPTEST_CASES"
printf '  %s\n' "${summary[@]}"
exit $status
