# Connects the network namespace of process $1 to ours: we are 10.0.$2.1, it is 10.0.$2.2.
set -e
mistake='give it a process id and a number from 0 to 255'
case $#,$1,$2 in
  *[!0-9,]* | *,,* | *,) ;;
  2,*) [ "$2" -gt 255 ] || mistake= ;;
esac
[ -z "$mistake" ] || { echo "cable.sh: $mistake" >&2; exit 2; }
[ -e "/proc/$1" ] || { echo "cable.sh: there is no process $1" >&2; exit 1; }

# #region cable
ip link add "cable-$2" type veth peer name eth0 netns "$1"
ip address add "10.0.$2.1/24" dev "cable-$2"
ip link set "cable-$2" up
nsenter --net --target "$1" ip address add "10.0.$2.2/24" dev eth0
nsenter --net --target "$1" ip link set eth0 up
# #endregion cable
